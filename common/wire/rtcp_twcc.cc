#include "common/wire/rtcp_twcc.h"

#include <algorithm>
#include <array>

namespace sluice::wire {
namespace {

constexpr unsigned small_delta = 1;
constexpr unsigned large_delta = 2;
constexpr std::size_t run_max = 0x1fff;
constexpr std::size_t one_bit_symbols = 14;
constexpr std::size_t two_bit_symbols = 7;
constexpr int64_t ticks_per_reference = twcc_reference_ns / twcc_tick_ns;

constexpr bool is_vector(uint16_t chunk) {
  return (chunk & 0x8000) != 0;
}
constexpr bool is_two_bit(uint16_t chunk) {
  return (chunk & 0x4000) != 0;
}

constexpr std::size_t symbols_in(uint16_t chunk) {
  if (!is_vector(chunk)) return chunk & run_max;
  return is_two_bit(chunk) ? two_bit_symbols : one_bit_symbols;
}

// Symbol i of a chunk, i < symbols_in(chunk).
constexpr unsigned symbol_at(uint16_t chunk, std::size_t i) {
  if (!is_vector(chunk)) return chunk >> 13 & 3u;
  return is_two_bit(chunk) ? chunk >> (12 - 2 * i) & 3u : chunk >> (13 - i) & 1u;
}

// A symbol's value is also the length of its delta.
constexpr std::size_t delta_length(unsigned symbol) {
  return symbol;
}

// Bytes of deltas that the first `used` symbols of a chunk need; nullopt when one of them is
// reserved.
std::optional<std::size_t> deltas_length(uint16_t chunk, std::size_t used) {
  if (!is_vector(chunk)) {
    const unsigned s = symbol_at(chunk, 0);
    return s > large_delta ? std::nullopt : std::optional(used * delta_length(s));
  }
  std::size_t n = 0;
  for (std::size_t i = 0; i < used; i++) {
    const unsigned s = symbol_at(chunk, i);
    if (s > large_delta) return std::nullopt;
    n += delta_length(s);
  }
  return n;
}

// The chunk that covers most of `symbols` (not empty), and how many it covers: at least seven, or
// all.
struct Chunk {
  uint16_t bits;
  std::size_t covers;
};

Chunk best_chunk(std::span<const uint8_t> symbols) {
  const auto differs = [&](uint8_t s) { return s != symbols[0]; };
  const std::size_t horizon = std::min(symbols.size(), run_max);
  const auto run = static_cast<std::size_t>(
      std::find_if(symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(horizon),
                   differs) -
      symbols.begin());
  const auto first = symbols.first(std::min(symbols.size(), one_bit_symbols));
  const bool one_bit = std::find(first.begin(), first.end(), large_delta) == first.end();
  const std::size_t mixed = one_bit ? first.size() : std::min(symbols.size(), two_bit_symbols);
  if (run >= mixed) return {static_cast<uint16_t>(std::size_t{symbols[0]} << 13 | run), run};
  unsigned bits = one_bit ? 0x8000 : 0xc000;
  for (std::size_t i = 0; i < mixed; i++) {
    bits |= static_cast<unsigned>(symbols[i]) << (one_bit ? 13 - i : 12 - 2 * i);
  }
  return {static_cast<uint16_t>(bits), mixed};
}

constexpr std::size_t padded(std::size_t n) {
  return (n + 3) & ~std::size_t{3};
}

int64_t tick_of(const TwccPacket& p) {
  return p.arrival_ns / twcc_tick_ns;
}

}  // namespace

bool TwccReader::next(TwccPacket& packet) {
  if (left_ == 0) return false;
  // parse_twcc has checked that chunks and deltas cover the count; a run of length 0 is legal and
  // empty.
  while (in_chunk_ == 0) {
    chunk_ = load_be16(chunks_.data());
    chunks_ = chunks_.subspan(2);
    in_chunk_ = symbols_in(chunk_);
  }
  const unsigned symbol = symbol_at(chunk_, symbols_in(chunk_) - in_chunk_);
  in_chunk_--;
  left_--;
  packet = {Seq16(seq_++), symbol != 0, 0};
  if (symbol == 0) return true;
  ticks_ += symbol == small_delta ? deltas_[0] : static_cast<int16_t>(load_be16(deltas_.data()));
  deltas_ = deltas_.subspan(delta_length(symbol));
  packet.arrival_ns = ticks_ * twcc_tick_ns;
  return true;
}

std::optional<Twcc> parse_twcc(const RtcpView& packet) {
  constexpr std::size_t fixed = twcc_header_length - rtcp_header_length;
  if (!packet.is(RtcpType::rtpfb, rtpfb_transport_cc) || packet.body.size() < fixed)
    return std::nullopt;
  const uint8_t* p = packet.body.data();
  Twcc t{.sender = Ssrc(load_be32(p)),
         .media = Ssrc(load_be32(p + 4)),
         .base_seq = Seq16(load_be16(p + 8)),
         .count = load_be16(p + 10),
         .reference = static_cast<int32_t>(load_be24(p + 12) << 8) >> 8,
         .feedback_count = p[15],
         .chunks = {},
         .deltas = {}};
  if (t.count == 0 || t.count > twcc_statuses_max) return std::nullopt;
  const ByteView rest = packet.body.subspan(fixed);
  std::size_t at = 0;
  std::size_t deltas = 0;
  for (std::size_t covered = 0; covered < t.count; at += 2) {
    if (rest.size() - at < 2) return std::nullopt;
    const uint16_t chunk = load_be16(rest.data() + at);
    const std::size_t used = std::min(symbols_in(chunk), t.count - covered);
    const auto length = deltas_length(chunk, used);
    if (!length) return std::nullopt;
    deltas += *length;
    covered += used;
  }
  if (deltas > rest.size() - at) return std::nullopt;
  t.chunks = rest.first(at);
  t.deltas = rest.subspan(at, deltas);
  return t;
}

TwccWritten write_twcc(ByteSpan out, Ssrc sender, Ssrc media, uint8_t feedback_count,
                       std::span<const TwccPacket> packets) {
  // Every chunk covers at least seven statuses or is the last, which bounds the chunks before they
  // are chosen.
  const auto fits = [&](std::size_t statuses, std::size_t deltas) {
    return padded(twcc_header_length + 2 * ((statuses + 6) / 7) + deltas) <= out.size();
  };
  std::array<uint8_t, twcc_statuses_max> symbols;
  std::size_t count = 0;
  std::size_t deltas = 0;
  std::optional<int64_t> reference;
  int64_t previous = 0;
  for (; count < std::min(packets.size(), twcc_statuses_max); count++) {
    const TwccPacket& p = packets[count];
    unsigned symbol = 0;
    int64_t start = previous;
    if (p.received) {
      if (!reference) start = tick_of(p) / ticks_per_reference * ticks_per_reference;
      const int64_t delta = tick_of(p) - start;
      if (delta < INT16_MIN || delta > INT16_MAX) break;
      symbol = delta >= 0 && delta <= 0xff ? small_delta : large_delta;
    }
    if (!fits(count + 1, deltas + delta_length(symbol))) break;
    if (p.received) {
      if (!reference) reference = start / ticks_per_reference;
      previous = tick_of(p);
    }
    symbols[count] = static_cast<uint8_t>(symbol);
    deltas += delta_length(symbol);
  }
  if (!reference) return {0, count};

  Writer w(out);
  w.zeros(rtcp_feedback_header_length);
  w.u16(packets[0].seq.value());
  w.u16(static_cast<uint16_t>(count));
  w.u24(static_cast<uint32_t>(*reference));
  w.u8(feedback_count);
  for (auto rest = std::span<const uint8_t>(symbols).first(count); !rest.empty();) {
    const Chunk c = best_chunk(rest);
    w.u16(c.bits);
    rest = rest.subspan(c.covers);
  }
  previous = *reference * ticks_per_reference;
  for (std::size_t i = 0; i < count; i++) {
    if (symbols[i] == 0) continue;
    const int64_t delta = tick_of(packets[i]) - previous;
    previous = tick_of(packets[i]);
    if (symbols[i] == small_delta) {
      w.u8(static_cast<uint8_t>(delta));
    } else {
      w.u16(static_cast<uint16_t>(delta));
    }
  }
  w.zeros(padded(w.offset()) - w.offset());
  if (!w.ok()) return {};
  Writer head(out);
  write_rtcp_feedback_header(head, RtcpType::rtpfb, rtpfb_transport_cc, w.length(), sender, media);
  return {w.length(), count};
}

}  // namespace sluice::wire
