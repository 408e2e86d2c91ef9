#include "tools/loadgen/mark.h"

#include <algorithm>

#include "tools/loadgen/random.h"

namespace sluice::loadgen {
namespace {

constexpr uint32_t magic = 0x534c'4d4b;

Random filler_of(const Mark& m) {
  return Random(m.number * 4'096 + m.publisher * 2U + (m.kind == MediaKind::video ? 1 : 0));
}

}  // namespace

void write_mark(wire::ByteSpan body, const Mark& mark) {
  wire::Writer w(body);
  w.u32(magic);
  w.u16(mark.publisher);
  w.u8(static_cast<uint8_t>(mark.kind));
  w.u8(mark.key_frame ? 1 : 0);
  w.u64(mark.number);
  w.u64(static_cast<uint64_t>(mark.sent_at));
  w.u32(mark.timestamp);
  w.u32(static_cast<uint32_t>(body.size()));
  Random filler = filler_of(mark);
  while (w.ok() && w.remaining() != 0) {
    const uint64_t word = filler.next();
    w.bytes({reinterpret_cast<const uint8_t*>(&word), std::min(w.remaining(), sizeof word)});
  }
}

std::optional<Mark> read_mark(wire::ByteView body) {
  wire::Reader r(body);
  Mark m;
  const bool ours = r.u32() == magic;
  m.publisher = r.u16();
  m.kind = static_cast<MediaKind>(r.u8());
  m.key_frame = r.u8() == 1;
  m.number = r.u64();
  m.sent_at = static_cast<TimeNs>(r.u64());
  m.timestamp = r.u32();
  if (!ours || r.u32() != body.size() || !r.ok()) return std::nullopt;
  Random filler = filler_of(m);
  while (r.remaining() != 0) {
    const uint64_t word = filler.next();
    const wire::ByteView piece = r.take(std::min(r.remaining(), sizeof word));
    if (std::memcmp(piece.data(), &word, piece.size()) != 0) return std::nullopt;
  }
  return m;
}

}  // namespace sluice::loadgen
