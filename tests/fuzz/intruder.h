// Intruder: whoever can put bytes before a node in which a call runs. As a stranger, with the
// address of somebody in the call, or as Mallory, who is a guest with keys of her own.
#pragma once

#include <cstdint>

#include "common/wire/bytes.h"
#include "tests/rig/call.h"

namespace sluice::fuzz {

enum class Guise : uint8_t {
  frame,        // the bytes are a whole frame
  stranger,     // a datagram from an address that nobody knows
  alice,        // with the address of the one who sends
  bob,          // with the address of the one who receives
  mallory,      // from a guest
  guest_srtp,   // RTP that the guest protects with her keys
  guest_srtcp,  // RTCP, likewise
  guest_check,  // attributes of a STUN check that the guest signs, from any port
};
inline constexpr std::size_t guises = 8;

class Intruder {
 public:
  explicit Intruder(rig::Call& call);
  // Puts one frame before the node. False: the bytes make none, or it would not fit.
  bool send(Guise guise, wire::ByteView bytes);

 private:
  bool datagram(const SocketAddress& from, wire::ByteView bytes);
  bool check(wire::ByteView attributes);

  rig::Call& call_;
  uint16_t port_ = 1'024;
};

}  // namespace sluice::fuzz
