// endpoint: one remote transport (a browser's publish or receive transport, a WHIP client, a relay
// link).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/codec.h"
#include "common/base/ip.h"
#include "common/base/srtp_profile.h"
#include "common/base/time.h"
#include "common/shm/rtcp_replay.h"
#include "common/shm/slot.h"
#include "common/shm/text.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

inline constexpr std::size_t recv_payloads_max = 32;
// RTCP senders that an endpoint's own state remembers; its streams and tracks remember more.
inline constexpr std::size_t endpoint_rtcp_sources = 2;

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
struct EndpointRecord {
  uint64_t id = 0;  // unique in the life of the instance
  uint8_t home_worker = 0;
  // none: not keyed yet, nothing is sent or accepted but STUN
  srtp::Profile srtp_profile = srtp::Profile::none;
  uint8_t sends = 0;               // 1: the remote side may publish tracks
  uint8_t receives = 0;            // 1: Sluice sends streams to it
  uint8_t transport_feedback = 0;  // 1: answer its transport-cc numbers with RTCP feedback
  uint8_t reduced_size_rtcp = 0;   // RFC 5506
  uint16_t key_epoch = 0;   // equals EndpointKeys::epoch of the keys that belong to this record
  uint32_t rtcp_ssrc = 0;   // sender SSRC of Sluice's own RTCP toward it
  Text<16> ufrag;           // Sluice's own fragment: USERNAME begins with it (RFC 8445 s7.2.2)
  Text<16> previous_ufrag;  // valid until the new one is nominated (ICE restart); empty = none
  ExtensionIds recv_extensions;  // as the remote side sends them
  ExtensionIds send_extensions;  // as Sluice sends them
  std::array<RecvPayload, recv_payloads_max> recv_payloads{};
  std::array<SendPayload, 8> send_payloads{};  // index: Codec
  std::array<uint8_t, 8> reserved{};
};
static_assert(sizeof(EndpointRecord) % 8 == 0 && codec_count <= 8);

// control_written, in the keys file.
struct EndpointKeys {
  uint32_t generation = 0;  // of the endpoint slot
  uint16_t epoch = 0;
  srtp::Profile profile = srtp::Profile::none;
  uint8_t reserved = 0;
  srtp::MasterKey recv;  // the remote side's sending key
  srtp::MasterKey send;
  Text<40> ice_pwd;           // RFC 8445 s5.3: 22..256 characters; Sluice makes 32
  Text<40> previous_ice_pwd;  // belongs to previous_ufrag
};

struct RemoteAddress {
  std::array<uint8_t, 16> ip{};  // as in IpAddress
  uint16_t port = 0;             // host order
  uint16_t local_port = 0;       // host order
  uint8_t family = 0;            // 0 = none, 4, 6
  uint8_t local_device = 0;      // index of the data plane's port
  uint8_t local_address = 0;     // index into that port's addresses
  uint8_t reserved = 0;

  SocketAddress remote() const { return {{ip, family, {}}, port, 0}; }
};
static_assert(sizeof(RemoteAddress) == 24);

// worker_written by the home worker. A reader takes it as belonging to `generation` only.
struct EndpointState {
  std::atomic<uint32_t> generation{0};
  // End of the reserved SRTCP index block: a restart begins here (never a nonce twice).
  std::atomic<uint32_t> srtcp_index_end{0};
  std::atomic<int64_t> consent_ns{0};    // CLOCK_MONOTONIC of the last valid check; 0 = never
  std::atomic<uint16_t> keyed_epoch{0};  // key_epoch the worker has expanded
  std::atomic<uint16_t> flags{0};        // bit 0: connected (has address and consent)
  // Counters of this endpoint: plain adds by one writer.
  std::atomic<uint32_t> auth_failed{0}, replayed{0}, address_moves{0};
  std::atomic<uint64_t> rx_packets{0}, rx_bytes{0};
  std::array<RtcpHighest, endpoint_rtcp_sources> rtcp_highest{};
  std::array<RtcpWindow, endpoint_rtcp_sources> rtcp_windows{};
  Versioned<RemoteAddress> address;
};
static_assert(sizeof(EndpointState) == 128);
inline constexpr uint16_t endpoint_flag_connected = 1;

struct alignas(64) Endpoint {
  using Record = EndpointRecord;
  SlotHead head;                     // control_written
  Versioned<EndpointRecord> record;  // control_written
  alignas(64) EndpointState state;   // worker_written
};

}  // namespace sluice::shm
