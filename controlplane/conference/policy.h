// The conference's limits and times.
#pragma once

#include <cstdint>

#include "common/base/time.h"

namespace sluice::conference {

enum class ReceiverFeedback : uint8_t { by_audience, transport_wide, reports };

struct Policy {
  uint32_t participants_per_meeting_max = 1'000;
  // A WebSocket that says nothing is closed.
  TimeNs hello_timeout_ns = 10 * ns_per_s;
  // Neither WebSocket nor media for this long: lost. RFC 7675 s5.1 gives consent the same time.
  TimeNs absence_ns = 30 * ns_per_s;
  // A meeting is forgotten this long after the last one left, or after it was made and nobody came.
  TimeNs empty_meeting_ns = 10 * 60 * ns_per_s;
  TimeNs unused_meeting_ns = 24 * 3'600 * ns_per_s;
  // Reports of every packet's arrival are 8 to 20 packets a second from each receiver, the others 2
  // to 4: small meetings get the better estimate, an audience the cheaper one.
  ReceiverFeedback receiver_feedback = ReceiverFeedback::by_audience;
  uint32_t transport_wide_audience_max = 100;  // participants; by_audience only
  // At most one SPEAKING per participant in this time.
  TimeNs speaking_interval_ns = 300 * ns_per_ms;
  // A connection may outlive its token this long, so that a renewal under way is not cut off.
  TimeNs token_grace_ns = 60 * ns_per_s;
};

}  // namespace sluice::conference
