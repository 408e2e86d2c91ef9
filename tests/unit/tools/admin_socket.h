// Something that speaks common/schema/admin.proto on a Unix socket, as a control plane does.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "admin.pb.h"

namespace sluice::ctl {

// Answers one connection with the given bytes, after it has read one framed request.
class AdminSocket {
 public:
  AdminSocket(const std::string& path, std::string answer)
      : fd_(socket(AF_UNIX, SOCK_STREAM, 0)), answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~AdminSocket() {
    thread_.join();
    close(fd_);
  }
  const schema::AdminRequest& request() const { return request_; }

 private:
  void serve() {
    const int peer = accept(fd_, nullptr, nullptr);
    uint32_t length = 0;
    if (recv(peer, &length, sizeof length, MSG_WAITALL) == sizeof length) {
      std::string body(ntohl(length), '\0');
      if (recv(peer, body.data(), body.size(), MSG_WAITALL) == static_cast<ssize_t>(body.size())) {
        request_.ParseFromString(body);
      }
    }
    EXPECT_EQ(send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer_.size()));
    close(peer);
  }

  int fd_;
  std::string answer_;
  schema::AdminRequest request_;
  std::thread thread_;
};

inline std::string framed(const schema::AdminResponse& response) {
  const std::string body = response.SerializeAsString();
  const uint32_t length = htonl(static_cast<uint32_t>(body.size()));
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + body;
}

}  // namespace sluice::ctl
