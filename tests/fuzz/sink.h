// Makes the compiler read what is handed over.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/ip.h"
#include "common/wire/bytes.h"

namespace sluice::fuzz {

inline volatile uint64_t sink_value = 0;

inline void sink(uint64_t v) {
  sink_value = sink_value + v;
}
inline void sink(wire::ByteView bytes) {
  for (const uint8_t b : bytes) sink(uint64_t{b});
}
inline void sink(std::string_view text) {
  sink(wire::ByteView(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}
inline void sink(const IpAddress& ip) {
  sink(wire::ByteView(ip.bytes));
}

}  // namespace sluice::fuzz
