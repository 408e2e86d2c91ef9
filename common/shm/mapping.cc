#include "common/shm/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::shm {

Result<Mapping> Mapping::open(const std::string& path, std::size_t size, Mode mode) {
  const bool writes = mode == Mode::read_write;
  const int fd = ::open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (fd < 0) {
    std::string remedy;
    if (errno == EACCES) remedy = "; the process must belong to the group that owns the file";
    return Error{path + ": " + std::strerror(errno) + remedy};
  }
  struct stat st {};
  if (fstat(fd, &st) != 0 || static_cast<std::size_t>(st.st_size) < size) {
    const std::string message = path + " is " + std::to_string(st.st_size) + " bytes long, " +
                                std::to_string(size) + " are needed: it was cut short";
    close(fd);
    return Error{message};
  }
  // The whole file: on hugetlbfs that is a multiple of the page size, as munmap wants it.
  Mapping m;
  m.size_ = static_cast<std::size_t>(st.st_size);
  void* at = mmap(nullptr, m.size_, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  const int reason = errno;
  close(fd);
  if (at == MAP_FAILED) return Error{path + ": cannot map: " + std::strerror(reason)};
  m.data_ = static_cast<std::byte*>(at);
  madvise(at, m.size_, MADV_DONTDUMP);
  return m;
}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

Mapping::Mapping(Mapping&& o) noexcept
    : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& o) noexcept {
  std::swap(data_, o.data_);
  std::swap(size_, o.size_);
  return *this;
}

// Linux 5.14; older kernels fault page by page, which is only slower.
void Mapping::prefault() {
  madvise(data_, size_, MADV_POPULATE_WRITE);
}

void Mapping::lock_in_memory() {
  mlock(data_, size_);
}

}  // namespace sluice::shm
