#include "common/shm/worker_state.h"

namespace sluice::shm {
namespace {

template <class... Words>
void zero(Words&... words) {
  (words.store({}, std::memory_order_relaxed), ...);
}

// The generation is stored last: a worker that dies before begins again, and nothing was used yet.
bool continues(const std::atomic<uint32_t>& generation, Generation g) {
  return generation.load(std::memory_order_acquire) == g.value();
}

}  // namespace

bool open_state(EndpointState& s, Generation g) {
  if (continues(s.generation, g)) {
    for (RtcpWindow& w : s.rtcp_windows) w.store(rtcp_window_restarted, std::memory_order_relaxed);
    return true;
  }
  zero(s.srtcp_index_end, s.consent_ns, s.keyed_epoch, s.flags);
  s.address.publish(RemoteAddress{});
  for (auto& word : s.rtcp_highest) zero(word);
  zero(s.rx_packets, s.rx_bytes);
  zero(s.auth_failed, s.replayed, s.address_moves);
  s.generation.store(g.value(), std::memory_order_release);
  return false;
}

bool open_state(TrackState& s, Generation g) {
  if (continues(s.generation, g)) {
    for (RtcpWindow& w : s.rtcp_windows) w.store(rtcp_window_restarted, std::memory_order_relaxed);
    return true;
  }
  zero(s.codec, s.key_frame_requests, s.level);
  for (auto& word : s.rtcp_highest) zero(word);
  for (EncodingState& e : s.encodings) {
    zero(e.ssrcs, e.highest_index, e.rtx_highest_index);
    zero(e.packets, e.bytes, e.lost, e.frames, e.key_frames);
  }
  s.generation.store(g.value(), std::memory_order_release);
  return false;
}

bool open_state(StreamState& s, const StreamRecord& r, Generation g) {
  if (continues(s.generation, g)) {
    s.rtcp_window.store(rtcp_window_restarted, std::memory_order_relaxed);
    return true;
  }
  // Roll-over counter 0, so the index is the sequence number.
  s.next_index.store(r.initial_seq, std::memory_order_relaxed);
  s.rtx_next_index.store(r.initial_seq, std::memory_order_relaxed);
  zero(s.packets, s.bytes, s.reports, s.rtcp_highest, s.rtt_us);
  s.generation.store(g.value(), std::memory_order_release);
  return false;
}

bool open_state(SubscriptionState& s, Generation g) {
  if (continues(s.generation, g)) return true;
  zero(s.phase, s.encoding, s.switches);
  s.generation.store(g.value(), std::memory_order_release);
  return false;
}

}  // namespace sluice::shm
