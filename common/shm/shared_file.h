// Making the files that processes share: allocated to the last byte, for one group only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace sluice::shm {

// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The group that owns the directory; the process's own when that cannot be found out.
gid_t group_of(const std::string& directory);
// Whatever the umask says: this mode, and this group if it is ours to give.
void set_access(int fd, mode_t mode, gid_t group);
// Every page of the first `size` bytes, so that no touch of one is a SIGBUS.
Status allocate(int fd, const std::string& path, uint64_t size);
// A file of zero bytes in the place of whatever was there.
Status create_file(const std::string& path, uint64_t size, gid_t group);

}  // namespace sluice::shm
