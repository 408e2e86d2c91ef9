// The exclusive lock of one process on a region: an open-file-description lock, so the kernel frees
// it however the process dies, a look at it disturbs nobody, and closing another descriptor of the
// file does not lose it.
#pragma once

#include <string>

#include "common/base/result.h"

namespace sluice::shm {

class FileLock {
 public:
  FileLock() = default;
  // Takes the lock of an existing file, or says who holds it. `owner` names the program in errors:
  // "a data plane"; `remedy`: what to do about it.
  static Result<FileLock> take(const std::string& path, const std::string& owner,
                               const std::string& remedy = stop_it);
  // Is the lock held, by anyone? False when there is no such file; true when that cannot be found
  // out.
  static bool held(const std::string& path);

  ~FileLock();
  FileLock(FileLock&& o) noexcept;
  FileLock& operator=(FileLock&& o) noexcept;

  static constexpr const char* stop_it =
      "stop it, or give each instance a region directory of its own";

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sluice::shm
