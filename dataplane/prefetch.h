// Asking memory for what will be read or written soon.
#pragma once

#include <cstddef>

namespace sluice::dataplane {

// Every cache line of the object, wherever it begins.
template <class T>
inline void prefetch_lines(const T& object) {
  const auto* at = reinterpret_cast<const char*>(&object);
  for (std::size_t line = 0; line < sizeof(T); line += 64) __builtin_prefetch(at + line, 1);
  if constexpr (alignof(T) < 64) __builtin_prefetch(at + sizeof(T) - 1, 1);
}

}  // namespace sluice::dataplane
