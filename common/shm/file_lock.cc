#include "common/shm/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::shm {
namespace {

struct flock whole_file() {
  struct flock l {};
  l.l_type = F_WRLCK;
  l.l_whence = SEEK_SET;
  return l;
}

// The holder writes its process id into the file; only for the eyes of an operator.
std::string holder_of(int fd) {
  char text[24] = {};
  const ssize_t n = pread(fd, text, sizeof text - 1, 0);
  std::string pid;
  for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; ++i) pid += text[i];
  return pid.empty() ? "" : " (process " + pid + ")";
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path, const std::string& owner,
                                const std::string& remedy) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    std::string right;
    if (errno == EACCES) right = "; the process must belong to the group that owns it";
    return Error{path + ": " + std::strerror(errno) + right};
  }
  FileLock lock(fd);
  struct flock l = whole_file();
  if (fcntl(fd, F_OFD_SETLK, &l) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
      return Error{path + ": cannot lock: " + std::strerror(errno)};
    }
    return Error{path + " is held: " + owner + holder_of(fd) + " is running on this region; " +
                 remedy};
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  // Best effort: hugetlbfs takes no writes.
  if (ftruncate(fd, 0) == 0 && pwrite(fd, pid.data(), pid.size(), 0) < 0) errno = 0;
  return lock;
}

bool FileLock::held(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno != ENOENT && errno != ENOTDIR;
  struct flock l = whole_file();
  const bool held = fcntl(fd, F_OFD_GETLK, &l) != 0 || l.l_type != F_UNLCK;
  close(fd);
  return held;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

FileLock::FileLock(FileLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& o) noexcept {
  std::swap(fd_, o.fd_);
  return *this;
}

}  // namespace sluice::shm
