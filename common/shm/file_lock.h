// The exclusive lock of one daemon on a region: an open-file-description lock, so the kernel frees
// it however the process dies, a look at it disturbs nobody, and closing another descriptor of the
// file does not lose it.
#pragma once

#include <string>

#include "common/base/result.h"

namespace sluice::shm {

class FileLock {
 public:
  FileLock() = default;
  // Takes the lock of an existing file, or says who holds it. `owner` names the daemon in errors:
  // "a data plane".
  static Result<FileLock> take(const std::string& path, const std::string& owner);
  // Is the lock held, by anyone? False when there is no such file; true when that cannot be found
  // out.
  static bool held(const std::string& path);

  ~FileLock();
  FileLock(FileLock&& o) noexcept;
  FileLock& operator=(FileLock&& o) noexcept;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sluice::shm
