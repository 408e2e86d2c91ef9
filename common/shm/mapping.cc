#include "common/shm/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::shm {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr int collapse = 25;  // MADV_COLLAPSE, Linux 6.1

// A free range of addresses that begins at a large page, or null. Only a hint: somebody may take it
// meanwhile.
void* place_for(std::size_t size) {
  void* at = mmap(nullptr, size + huge_page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  munmap(at, size + huge_page);
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  return reinterpret_cast<void*>((address + huge_page - 1) / huge_page * huge_page);
}

}  // namespace

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
  void* at = mmap(place_for(m.size_), m.size_, writes ? PROT_READ | PROT_WRITE : PROT_READ,
                  MAP_SHARED, fd, 0);
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

// Linux 5.14 and 6.1; older kernels fault page by page and keep small pages, which is only slower.
void Mapping::prefault() {
  madvise(data_, size_, MADV_POPULATE_WRITE);
  madvise(data_, size_, collapse);
}

void Mapping::lock_in_memory() {
  mlock(data_, size_);
}

}  // namespace sluice::shm
