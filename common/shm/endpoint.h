// endpoint: one remote transport (a browser's publish or receive transport, a WHIP client, a relay
// link).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "common/base/ip.h"
#include "common/base/srtp_profile.h"
#include "common/shm/endpoint_keys.h"
#include "common/shm/negotiation.h"
#include "common/shm/rtcp_replay.h"
#include "common/shm/slot.h"
#include "common/shm/text.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

// RTCP senders that an endpoint's own state remembers; its streams and tracks remember more.
inline constexpr std::size_t endpoint_rtcp_sources = 2;

// control_written.
struct EndpointRecord {
  uint64_t id = 0;  // unique in the life of the instance, constant in the life of the slot
  uint8_t home_worker = 0;
  // none: not keyed yet, nothing is sent or accepted but STUN
  srtp::Profile srtp_profile = srtp::Profile::none;
  uint8_t sends = 0;               // 1: the remote side may publish tracks
  uint8_t receives = 0;            // 1: Sluice sends streams to it
  uint8_t transport_feedback = 0;  // 1: answer its transport-cc numbers with RTCP feedback
  uint8_t reduced_size_rtcp = 0;   // RFC 5506
  uint8_t password = 0;     // which of the two in the keys file is the ufrag's; the publisher's
  uint16_t key_epoch = 0;   // equals EndpointKeys::epoch of the keys that belong to this record
  uint32_t rtcp_ssrc = 0;   // sender SSRC of Sluice's own RTCP toward it
  SlotRef negotiation;      // filled in by the publisher
  Text<16> ufrag;           // Sluice's own fragment: USERNAME begins with it (RFC 8445 s7.2.2)
  Text<16> previous_ufrag;  // valid until the new one is nominated (ICE restart); empty = none
};

// The record as it lies in its slot: packed, and what may change in two copies.
class EndpointCell {
 public:
  void publish(const EndpointRecord& r) {
    Image i;
    i.rtcp_ssrc = r.rtcp_ssrc;
    i.negotiation_generation = r.negotiation.generation;
    i.negotiation_slot = static_cast<uint16_t>(r.negotiation.slot);
    i.key_epoch = r.key_epoch;
    i.home_worker = r.home_worker;
    i.srtp_profile = r.srtp_profile;
    i.flags = static_cast<uint8_t>((r.sends != 0) << 0 | (r.receives != 0) << 1 |
                                   (r.transport_feedback != 0) << 2 |
                                   (r.reduced_size_rtcp != 0) << 3 | (r.password & 1) << 4);
    i.ufrag = r.ufrag;
    i.previous_ufrag = r.previous_ufrag;
    id_.store(r.id, std::memory_order_release);
    image_.publish(i);
  }
  // False: the writer was faster.
  bool read(EndpointRecord& out) const {
    Image i;
    out.id = id_.load(std::memory_order_acquire);
    if (!image_.read(i)) return false;
    const auto flag = [&](int bit) { return static_cast<uint8_t>(i.flags >> bit & 1); };
    out.home_worker = i.home_worker;
    out.srtp_profile = i.srtp_profile;
    out.sends = flag(0);
    out.receives = flag(1);
    out.transport_feedback = flag(2);
    out.reduced_size_rtcp = flag(3);
    out.password = flag(4);
    out.key_epoch = i.key_epoch;
    out.rtcp_ssrc = i.rtcp_ssrc;
    out.negotiation = {i.negotiation_slot, i.negotiation_generation};
    out.ufrag = i.ufrag;
    out.previous_ufrag = i.previous_ufrag;
    return true;
  }

 private:
  struct Image {
    uint32_t rtcp_ssrc = 0;
    uint32_t negotiation_generation = 0;
    uint16_t negotiation_slot = 0;
    uint16_t key_epoch = 0;
    uint8_t home_worker = 0;
    srtp::Profile srtp_profile = srtp::Profile::none;
    uint8_t flags = 0;
    uint8_t reserved = 0;
    Text<16> ufrag;
    Text<16> previous_ufrag;
  };
  static_assert(sizeof(Image) == 48 && negotiations_max <= 1U << 16);

  std::atomic<uint64_t> id_{0};
  Versioned<Image> image_;
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
  SlotHead head;                    // control_written
  EndpointCell record;              // control_written
  alignas(64) EndpointState state;  // worker_written
};
static_assert(sizeof(Endpoint) == 256);

}  // namespace sluice::shm
