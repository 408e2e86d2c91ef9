// Answers sluicectl on a Unix socket (mode 0660): common/schema/admin.proto, each message behind a
// big-endian uint32 length.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"

namespace boost::asio {
class io_context;
}
namespace sluice::schema {
class AdminRequest;
class AdminResponse;
}  // namespace sluice::schema

namespace sluice::admin {

inline constexpr uint32_t request_bytes_max = 64 * 1'024;
inline constexpr std::size_t connections_max = 16;

class AdminServer {
 public:
  using Answer = std::function<schema::AdminResponse(const schema::AdminRequest&)>;

  AdminServer(boost::asio::io_context& io, Answer answer);
  // Removes the socket's name where it still may.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Binds; takes the place of a socket that nobody answers on. `owner` and `group` own the file, -1
  // = this process's.
  Status listen(const std::string& path, int owner = -1, int group = -1);
  void start();
  void stop();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace sluice::admin
