// One shared file mapping: excluded from core dumps, unmapped at destruction.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.h"

namespace sluice::shm {

class Mapping {
 public:
  enum class Mode { read_only, read_write };

  Mapping() = default;
  // Maps at least `size` bytes of an existing file; never longer than the file is, so no touch of
  // it is a SIGBUS.
  static Result<Mapping> open(const std::string& path, std::size_t size, Mode mode);

  ~Mapping();
  Mapping(Mapping&& o) noexcept;
  Mapping& operator=(Mapping&& o) noexcept;

  std::byte* data() const { return data_; }
  explicit operator bool() const { return data_ != nullptr; }
  // Touches every page now instead of at the first packet.
  void prefault();
  // Keeps it out of swap where the limits allow.
  void lock_in_memory();

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice::shm
