// negotiation: what an offer and its answer settled about payload types and header extensions. All
// endpoints that settled the same share one record: of a webinar's attendees there are a handful.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "common/base/codec.h"
#include "common/shm/constant.h"
#include "common/shm/slot.h"

namespace sluice::shm {

inline constexpr std::size_t recv_payloads_max = 32;
// Endpoints that receive only are of as many kinds.
inline constexpr uint32_t receive_negotiations_max = 256;
inline constexpr uint32_t negotiations_max = 1U << 16;  // EndpointCell has 16 bits for a slot

// RFC 8285 local identifiers, 1..14 (one-byte) or 1..255 (two-byte); 0 = not negotiated.
struct ExtensionIds {
  uint8_t mid = 0;           // RFC 9143
  uint8_t rid = 0;           // RFC 8852
  uint8_t repaired_rid = 0;  // RFC 8852
  uint8_t audio_level = 0;   // RFC 6464
  uint8_t transport_cc = 0;  // draft-holmer-rmcat-transport-wide-cc-extensions-01
  uint8_t abs_send_time = 0;
  uint8_t abs_capture_time = 0;
  uint8_t dependency_descriptor = 0;  // AV1 RTP specification, appendix A
  uint8_t video_orientation = 0;      // 3GPP TS 26.114
  uint8_t playout_delay = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(sizeof(ExtensionIds) == 16);

// One payload type the remote side sends. rtx_of != 0: RFC 4588 retransmission of that payload
// type.
struct RecvPayload {
  uint8_t payload_type = 0;
  Codec codec = Codec::none;
  uint8_t rtx_of = 0;
  uint8_t reserved = 0;
};

// Payload type Sluice uses toward the remote side for a codec; 0 = the receiver cannot decode it.
struct SendPayload {
  uint8_t payload_type = 0;
  uint8_t rtx_payload_type = 0;  // 0 = no retransmission negotiated
};

// control_written.
struct NegotiationRecord {
  ExtensionIds recv_extensions;  // as the remote side sends them
  ExtensionIds send_extensions;  // as Sluice sends them
  std::array<RecvPayload, recv_payloads_max> recv_payloads{};
  std::array<SendPayload, 8> send_payloads{};  // index: Codec

  bool operator==(const NegotiationRecord& o) const {
    return std::memcmp(this, &o, sizeof *this) == 0;
  }
};
static_assert(sizeof(NegotiationRecord) == 176 && codec_count <= 8);

struct alignas(64) Negotiation {
  using Record = NegotiationRecord;
  SlotHead head;
  Constant<NegotiationRecord> record;
};
static_assert(sizeof(Negotiation) == 192);

}  // namespace sluice::shm
