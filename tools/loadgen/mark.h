// What every synthetic packet carries in its payload, so that whoever decrypts it can tell whose it
// is, which one, when it was sent, and whether each byte is right.
//
//   0         4           6      7     8              16           24            28        32
//   +---------+-----------+------+-----+--------------+------------+-------------+---------+-- ...
//   | "SLMK"  | publisher | kind | key | number       | sent at ns | timestamp   | length  | filler
//   +---------+-----------+------+-----+--------------+------------+-------------+---------+-- ...
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/codec.h"
#include "common/base/time.h"
#include "common/wire/bytes.h"

namespace sluice::loadgen {

inline constexpr std::size_t mark_length = 32;

struct Mark {
  uint16_t publisher = 0;
  MediaKind kind = MediaKind::none;
  bool key_frame = false;
  uint64_t number = 0;     // of the packet in its source; counts up by one
  TimeNs sent_at = 0;      // CLOCK_MONOTONIC of the run
  uint32_t timestamp = 0;  // RTP, as sent
};

// Fills all of `body`, at least mark_length bytes.
void write_mark(wire::ByteSpan body, const Mark& mark);
// nullopt: any byte of it is not what was written.
std::optional<Mark> read_mark(wire::ByteView body);

}  // namespace sluice::loadgen
