#include "common/shm/shared_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::shm {
namespace {

// hugetlbfs files are whole huge pages.
uint64_t rounded_size(int fd, uint64_t size) {
  struct statfs fs {};
  if (fstatfs(fd, &fs) != 0 || fs.f_type != HUGETLBFS_MAGIC) return size;
  const auto page = static_cast<uint64_t>(fs.f_bsize);
  return (size + page - 1) / page * page;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Status allocate(int fd, const std::string& path, uint64_t size) {
  const int e = posix_fallocate(fd, 0, static_cast<off_t>(rounded_size(fd, size)));
  if (e == 0) return {};
  return Error{path + ": cannot allocate " + std::to_string(size >> 20) +
               " MiB: " + std::strerror(e) +
               "; give the file system more room or lower the capacities (*_max)"};
}

void set_access(int fd, mode_t mode, gid_t group) {
  struct stat st {};
  if (fstat(fd, &st) == 0 && st.st_gid != group && fchown(fd, static_cast<uid_t>(-1), group) != 0) {
    errno = 0;  // not ours to give: the file keeps the process's own group
  }
  fchmod(fd, mode);
}

gid_t group_of(const std::string& directory) {
  struct stat st {};
  return stat(directory.c_str(), &st) == 0 ? st.st_gid : getegid();
}

Status create_file(const std::string& path, uint64_t size, gid_t group) {
  unlink(path.c_str());
  const Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.get() < 0) return Error{path + ": cannot create: " + std::strerror(errno)};
  if (const Status s = allocate(fd.get(), path, size); !s) return s;
  set_access(fd.get(), 0660, group);
  return {};
}

}  // namespace sluice::shm
