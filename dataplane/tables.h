// What a worker keeps of the region's tables: private, indexed by slot, derived from validated
// copies.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/time.h"
#include "common/shm/region.h"
#include "common/shm/worker_state.h"
#include "common/srtp/engine.h"
#include "dataplane/budgets.h"
#include "dataplane/packet.h"
#include "dataplane/receiver.h"
#include "dataplane/source.h"

namespace sluice::dataplane {

inline constexpr TimeNs consent_lifetime_ns = 30 * ns_per_s;  // RFC 7675 s5.1

// What only endpoints that send media need; from a pool.
struct Publisher {
  struct PayloadInfo {
    Codec codec = Codec::none;
    uint8_t rtx_of = 0;  // payload type, 0 = media
  };
  std::array<PayloadInfo, 128> payloads{};
  shm::ExtensionIds extensions;
  uint32_t sources = no_slot;  // head of its RtpSource list
  uint32_t tracks = no_slot;   // head of its track list
  // Our wall clock minus the publisher's, in NTP format: one for its audio and its video.
  int64_t ntp_offset = 0;
  bool ntp_known = false;
  TimeNs report_due = 0;
  srtp::SessionKey* recv_key = nullptr;  // of media; SRTCP has its own
  TimeNs suspect_until = 0;  // a tag failed lately: payloads go to the log by way of a copy
  uint32_t forged = 0;       // tags that failed in the interval of the budgets that is named here
  uint8_t forged_interval = 0;
  // Transport-wide feedback: arrival times by unwrapped number, a ring.
  static constexpr std::size_t arrivals_max = 1'024;
  std::array<TimeNs, arrivals_max> arrivals{};  // 0 = not received
  uint64_t transport_next = 0;                  // first number not yet reported
  uint64_t transport_highest = 0;               // 1 + highest received; 0 = none
  TimeNs feedback_due = 0;
  uint8_t feedback_count = 0;
};

// What an endpoint is to its home worker. Credentials, addresses and counters lie in the region and
// are read there when a check or a report asks for them.
struct EndpointContext {
  uint32_t generation = 0;  // 0 = not ours or not live
  uint32_t rtcp_ssrc = 0;
  TimeNs consent_at = 0;
  uint32_t move_refill_ms = 0;  // this and the next are Core::now_ms()
  uint32_t feedback_ms = 0;     // when RTCP came over the selected pair, or it was selected
  srtp::SessionKey* send_key = nullptr;
  srtp::Profile profile = srtp::Profile::none;
  bool sends : 1 = false;
  bool receives : 1 = false;
  bool transport_feedback : 1 = false;
  bool keyed : 1 = false;
  bool connected : 1 = false;  // has an address and consent
  uint8_t move_tokens : 2 = 0;
  EndpointSpending spending;
  uint16_t key_epoch = 0;
  uint16_t rtcp_next_source = 0;           // of the words for RTCP sources, taken in turns
  uint32_t shape = no_slot;                // index of its Template
  uint32_t publisher = no_slot;            // index into the pool
  uint32_t streams = no_slot;              // head of its stream list
  uint32_t flows = no_slot;                // head of its list in the flow table: the selected one
  std::array<uint32_t, 2> ufrag_hashes{};  // of its fragment and the previous one; 0 = not indexed
  shm::SrtcpIndices srtcp_indices;
  srtp::RtcpKey recv_rtcp{};
};

struct StreamContext {
  uint32_t generation = 0;
  uint32_t endpoint = no_slot;
  uint32_t next = no_slot;  // in the endpoint's list
  uint32_t ssrc = 0;
  uint32_t subscription = no_slot;
  uint32_t initial_timestamp = 0;
  uint32_t last_timestamp = 0;  // continues over source switches
  bool used = false;            // last_timestamp is known
  MediaKind kind = MediaKind::none;
  Receiver* receiver = nullptr;
};

// What it wants lies in the key of its receiver's class.
struct SubscriptionContext {
  uint32_t generation = 0;
  uint32_t stream = no_slot;  // slots
  uint32_t track : 24 = 0;
  uint32_t undecodable_told : 1 = 0;
};
static_assert(shm::slots_max <= 1U << 24);

struct EncodingContext {
  shm::Text<16> rid;
  uint32_t hint_ssrc = 0;
  uint32_t hint_rtx_ssrc = 0;
  uint32_t source = no_slot;  // bound RtpSource
  uint32_t rtx_source = no_slot;
  uint32_t frame_timestamp = 0;  // of the newest frame
  bool frame_known = false;
};

// At the track's home worker.
struct TrackContext {
  uint32_t generation = 0;
  uint32_t endpoint = no_slot;
  uint32_t next = no_slot;  // in the endpoint's list
  MediaKind kind = MediaKind::none;
  bool muted = false;
  uint8_t encoding_count = 0;
  Codec codec = Codec::none;
  uint32_t csrc = 0;
  shm::Text<16> mid;
  std::array<EncodingContext, shm::encodings_max> encodings;
  shm::TrackState* state = nullptr;
  // Key-frame limiter: one request per interval, whatever the number of receivers.
  bool key_frame_wanted = false;
  TimeNs key_frame_asked_at = 0;
  uint32_t level_q4 = 127 * 16;  // RFC 6464 level, smoothed, times 16
  bool speaking = false;
  bool speech_unsaid = false;  // an earlier home or data plane said who speaks: to be said anew
  TimeNs level_told_at = 0;
};

}  // namespace sluice::dataplane
