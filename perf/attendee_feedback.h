// AttendeeFeedback: what the browsers of an audience send while they watch, as SRTCP under their
// own keys and as STUN, at the rates of browsers: receiver reports with receiver reference time for
// video every second, receiver reports for audio every 5 s, NACKs for 0.5 % of the packets, consent
// checks every 2.66 s, and under the policy transport_wide a transport feedback every 50 to 125 ms.
// The policy none is for finding out what all that costs: checks only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "common/srtp/engine.h"
#include "perf/audience.h"
#include "perf/picture_delays.h"

namespace sluice::perf {

enum class FeedbackPolicy : uint8_t { none, reports, transport_wide };

class AttendeeFeedback {
 public:
  // video, audio: what the audience's tracks 0 and 1 have sent, for the numbers told.
  AttendeeFeedback(Audience& audience, FeedbackPolicy policy, TimeNs start,
                   const PictureDelays& video, const PictureDelays& audio);

  TimeNs next_at() const;
  // Hands the node what is due by `now`, at most `room` packets; what finds no room is lost.
  // Returns how many were due.
  uint32_t send_due(TimeNs now, uint32_t room);
  uint64_t lost() const { return lost_; }

 private:
  enum Kind : uint8_t { video_report, audio_report, nack, check, transport, kinds };
  struct Flow {  // one kind of packet, of all attendees in turns
    double gap_ns = 0;
    TimeNs at = INT64_MAX;
    uint32_t turn = 0;
  };
  void schedule(Flow& f);
  void send(Kind kind, uint32_t attendee);
  std::size_t write(Kind kind, uint32_t attendee, wire::ByteSpan out);
  std::size_t write_report(uint32_t attendee, uint32_t track, wire::ByteSpan out);

  Audience& audience_;
  std::array<const PictureDelays*, 2> tracks_;
  std::array<Flow, kinds> flows_;
  std::mt19937_64 random_;
  std::vector<uint32_t> order_;
  std::unique_ptr<srtp::Engine> engine_;
  std::vector<uint8_t> key_memory_;
  std::vector<srtp::SessionKey*> keys_;
  std::vector<uint32_t> rtcp_index_;
  uint16_t transport_seq_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace sluice::perf
