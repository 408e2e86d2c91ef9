// The bytes of a journal, apart from files:
//
//   header  | magic "sluice j" | version u32 | CRC-32 of the 12 bytes before it |
//   record  | length u32 | CRC-32 of the length and the payload | payload: schema::JournalRecord |
//   record  ...
//
// All numbers big-endian. Records are only ever appended; the newest of a key counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace sluice::schema {
class JournalRecord;
}

namespace sluice::journal {

inline constexpr uint32_t version = 1;
inline constexpr std::size_t header_bytes = 16;
inline constexpr std::size_t frame_bytes = 8;  // before each payload
// A receiver with the largest pool of streams takes 10 KiB.
inline constexpr std::size_t payload_bytes_max = 1024 * 1024;

std::string write_header();
void append_record(const schema::JournalRecord& record, std::string& out);

struct Scan {
  std::size_t whole_bytes = 0;  // header and the records that are whole
  std::size_t records = 0;
};
// Calls `on_record` for each record up to the first that is torn or damaged: what follows it cannot
// be trusted. Errors: the bytes are no journal, or one of another version.
Result<Scan> scan(std::string_view bytes,
                  const std::function<void(schema::JournalRecord&&)>& on_record);

}  // namespace sluice::journal
