#include "tools/sluicectl/admin_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::ctl {

namespace {

constexpr time_t step_timeout_s = 5;

class Socket {
 public:
  explicit Socket(std::string path)
      : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Status connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) return failed("path too long for a socket");
    std::memcpy(address.sun_path, path_.data(), path_.size());
    const timeval limit{.tv_sec = step_timeout_s, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (fd_ < 0 ||
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return failed(std::strerror(errno));
    }
    return {};
  }

  Status send(const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return failed(std::strerror(errno));
      done += static_cast<std::size_t>(n);
    }
    return {};
  }

  Status receive(char* to, std::size_t size) {
    for (std::size_t done = 0; done < size;) {
      const ssize_t n = ::recv(fd_, to + done, size - done, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) return failed("closed without an answer");
      if (n < 0) return failed(errno == EAGAIN ? "no answer in 5 s" : std::strerror(errno));
      done += static_cast<std::size_t>(n);
    }
    return {};
  }

  Error failed(const std::string& why) const {
    return Error{path_ + ": " + why +
                 "; is sluice-control running, and is this its control.admin_socket?"};
  }

 private:
  std::string path_;
  int fd_;
};

}  // namespace

Result<schema::AdminResponse> ask(const std::string& socket, const schema::AdminRequest& request) {
  Socket s(socket);
  if (const auto status = s.connect(); !status.ok()) return status.error();
  const std::string body = request.SerializeAsString();
  const uint32_t length = htonl(static_cast<uint32_t>(body.size()));
  std::string framed(reinterpret_cast<const char*>(&length), sizeof length);
  if (const auto status = s.send(framed + body); !status.ok()) return status.error();

  uint32_t answer_length = 0;
  if (const auto status = s.receive(reinterpret_cast<char*>(&answer_length), sizeof answer_length);
      !status.ok()) {
    return status.error();
  }
  answer_length = ntohl(answer_length);
  if (answer_length > answer_size_max) return s.failed("answers with no admin message");
  std::string answer(answer_length, '\0');
  if (const auto status = s.receive(answer.data(), answer.size()); !status.ok())
    return status.error();
  schema::AdminResponse response;
  if (!response.ParseFromString(answer)) return s.failed("answers with no admin message");
  return response;
}

}  // namespace sluice::ctl
