// Key frames are a budget: requests of all receivers and workers are merged, and one limiter per
// track, at its home worker, asks the publisher.
#include <algorithm>

#include "dataplane/stages.h"

namespace sluice::dataplane {

using shm::Counter;

void on_key_frame_wanted(Core& k, uint32_t track, uint32_t generation) {
  TrackContext& t = k.tracks[track];
  if (t.generation != generation || generation == 0 || t.kind != MediaKind::video || t.muted)
    return;
  bump(t.state->key_frame_requests);
  if (k.now - t.key_frame_asked_at < k.node.key_frame_interval_ns && t.key_frame_asked_at != 0) {
    t.key_frame_wanted = true;  // the timers ask when the interval is over
    return;
  }
  t.key_frame_wanted = false;
  bool asked = false;
  for (uint8_t e = 0; e < t.encoding_count; ++e) {
    if (t.encodings[e].source == no_slot) continue;
    asked |= send_pli(k, t.endpoint, k.sources[t.encodings[e].source].ssrc);
  }
  if (!asked) {
    // Nothing has come from the publisher yet, or the next hop is not resolved: the timers ask.
    t.key_frame_wanted = true;
    return;
  }
  t.key_frame_asked_at = k.now;
  k.count(Counter::key_frames_sent) += 1;
}

void want_key_frame(Core& k, uint32_t track, uint32_t generation) {
  k.count(Counter::key_frames_asked) += 1;
  if (k.tracks[track].generation == generation) {
    on_key_frame_wanted(k, track, generation);
    return;
  }
  wish_elsewhere(k, track);
}

void wish_elsewhere(Core& k, uint32_t track) {
  auto& wishes = k.wishes_to_pass;
  if (std::find(wishes.begin(), wishes.end(), track) == wishes.end()) wishes.push_back(track);
}

// A decoder waits for what was lost, seconds long, before it asks.
void want_key_frames_after_move(Core& k, uint32_t endpoint) {
  const EndpointContext& ep = k.endpoints[endpoint];
  if (!ep.keyed) return;
  for (uint32_t s = ep.streams; s != no_slot; s = k.streams[s].next) {
    const Receiver* r = k.streams[s].receiver;
    if (r == nullptr || (r->flags & receiver_open) == 0) continue;
    const FanOutTrack& t = k.fan_out.track(r->track);
    if (t.kind == MediaKind::video) want_key_frame(k, r->track, t.generation);
  }
  if (ep.publisher == no_slot) return;
  for (uint32_t t = k.publishers[ep.publisher].tracks; t != no_slot; t = k.tracks[t].next)
    on_key_frame_wanted(k, t, k.tracks[t].generation);
}

}  // namespace sluice::dataplane
