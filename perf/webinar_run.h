// WebinarRun: one audience on one worker for some seconds of virtual time, with everything its
// browsers send, and if wanted a small meeting beside it on the same worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/shm/counters.h"
#include "perf/attendee_feedback.h"
#include "perf/cipher_mix.h"
#include "perf/picture_delays.h"
#include "perf/presenter.h"
#include "perf/virtual_core.h"

namespace sluice::perf {

inline constexpr uint32_t meeting_people = 4;

struct WebinarSetup {
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  FeedbackPolicy policy = FeedbackPolicy::reports;
  VideoShape video;
  uint32_t attendees = 1;
  double seconds = 6;
  bool beside = false;  // a meeting of four on the same worker
};

struct DelaySummary {
  std::size_t count = 0;
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
};

// Where the worker's time went.
struct StageShare {
  double ns_per_packet = 0;  // of media sent
  uint64_t items = 0;
};

struct WebinarResult {
  CoreUsage time;
  DelaySummary delta_first, delta_last, key_first, key_last, audio_first, audio_last;
  DelaySummary meeting_audio, meeting_video;  // every packet at every receiver
  double cipher_us = 0;                       // of one attendee's packets of one second
  double ns_per_packet = 0;                   // busy time over packets sent
  double bits_per_packet = 0;                 // on the wire
  double packets_per_visit = 0;
  double feedback_per_s = 0;
  uint64_t sent = 0, verified = 0, bad = 0;
  uint64_t dropped = 0;  // named drops, frames the queue had no room for, packets not seen leaving
  std::array<StageShare, shm::stage_count> stages{};
  std::string drops;  // of those, the counters of the node that grew: "name count, ..."
};

WebinarResult run_webinar(const WebinarSetup& setup, CipherMix& cipher);
// The audience's side of it: extensions, tracks.
AudienceSetup webinar_audience(const WebinarSetup& setup);

}  // namespace sluice::perf
