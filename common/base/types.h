// Strong types for the numbers of the field: an Ssrc is not a PayloadType, even when both are
// integers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace sluice {

// A value of Rep that only mixes with its own kind. Compares and hashes; arithmetic stays explicit
// via value().
template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;
  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : v_(v) {}
  constexpr Rep value() const { return v_; }
  constexpr auto operator<=>(const Strong&) const = default;

 private:
  Rep v_{};
};

using Ssrc = Strong<struct SsrcTag, uint32_t>;               // RFC 3550 s5.1; host order
using PayloadType = Strong<struct PayloadTypeTag, uint8_t>;  // 0..127
using Seq16 = Strong<struct Seq16Tag, uint16_t>;  // RTP sequence number as on the wire, host order
using SrtpIndex =
    Strong<struct SrtpIndexTag, uint64_t>;  // RFC 3711 s3.3.1: 48 bits, ROC << 16 | SEQ
using SrtcpIndex = Strong<struct SrtcpIndexTag, uint32_t>;  // RFC 3711 s3.4: 31 bits
using WorkerId = Strong<struct WorkerIdTag, uint8_t>;
using Generation = Strong<struct GenerationTag, uint32_t>;  // of a region slot; 0 is never live

// Distance from b to a in modulo-2^16 arithmetic, in [-32768, 32767].
constexpr int16_t seq_distance(Seq16 a, Seq16 b) {
  return static_cast<int16_t>(static_cast<uint16_t>(a.value() - b.value()));
}

}  // namespace sluice

template <class Tag, class Rep>
struct std::hash<sluice::Strong<Tag, Rep>> {
  std::size_t operator()(const sluice::Strong<Tag, Rep>& s) const noexcept {
    return std::hash<Rep>{}(s.value());
  }
};
