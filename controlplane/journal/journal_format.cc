#include "controlplane/journal/journal_format.h"

#include <journal.pb.h>

#include <array>

#include "common/base/assert.h"
#include "common/wire/bytes.h"
#include "common/wire/crc32.h"

namespace sluice::journal {
namespace {

constexpr std::string_view magic = "sluice j";
constexpr std::size_t length_bytes = 4;

wire::ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(wire::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What a process that died at its first write leaves of the header.
bool is_torn_header(std::string_view bytes) {
  return bytes.size() < header_bytes && write_header().starts_with(bytes);
}

Status check_header(wire::Reader& in, std::string_view bytes) {
  const bool is_journal = text_of(in.take(magic.size())) == magic;
  const uint32_t found = in.u32();
  const uint32_t crc = in.u32();
  if (!in.ok() || !is_journal ||
      crc != wire::crc32(bytes_of(bytes.substr(0, header_bytes - sizeof crc)))) {
    return Error{"not a journal"};
  }
  if (found != version) {
    return Error{"a journal of version " + std::to_string(found) + ", this daemon reads version " +
                 std::to_string(version)};
  }
  return {};
}

}  // namespace

std::string write_header() {
  std::array<uint8_t, header_bytes> out{};
  wire::Writer writer(out);
  writer.bytes(bytes_of(magic));
  writer.u32(version);
  writer.u32(wire::crc32({out.data(), writer.offset()}));
  return std::string(text_of(out));
}

void append_record(const schema::JournalRecord& record, std::string& out) {
  const std::string payload = record.SerializeAsString();
  SLUICE_ASSERT(payload.size() <= payload_bytes_max);
  std::array<uint8_t, frame_bytes> frame{};
  wire::Writer writer(frame);
  writer.u32(static_cast<uint32_t>(payload.size()));
  const uint32_t crc = wire::crc32({frame.data(), length_bytes});
  writer.u32(wire::crc32(bytes_of(payload), crc));
  out += text_of(frame);
  out += payload;
}

Result<Scan> scan(std::string_view bytes,
                  const std::function<void(schema::JournalRecord&&)>& on_record) {
  if (is_torn_header(bytes)) return Scan{};
  wire::Reader in(bytes_of(bytes));
  if (const Status header = check_header(in, bytes); !header) return header.error();
  Scan out{header_bytes, 0};
  while (in.remaining() >= frame_bytes) {
    const std::string_view length_field = bytes.substr(in.offset(), length_bytes);
    const uint32_t length = in.u32();
    const uint32_t crc = in.u32();
    if (length > payload_bytes_max || length > in.remaining()) break;
    const wire::ByteView payload = in.take(length);
    if (crc != wire::crc32(payload, wire::crc32(bytes_of(length_field)))) break;
    schema::JournalRecord record;
    if (!record.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) break;
    out.whole_bytes = in.offset();
    ++out.records;
    on_record(std::move(record));
  }
  return out;
}

}  // namespace sluice::journal
