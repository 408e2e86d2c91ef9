// Hand over: tells the workers that have receivers of a track that its log has grown, and a track's
// home that a key frame is wanted. What does not fit into a ring stays on the list: it is still
// true in the next loop.
#include <algorithm>

#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

constexpr int links_per_loop = 256;

// True when everybody has been told.
bool tell_advanced(Core& k, uint32_t track) {
  TrackLog& log = (*k.node.logs)[track];
  bool all = true;
  for (uint32_t w = 0; w < k.node.links->workers(); ++w) {
    if (log.interested[w].load(std::memory_order_acquire) == 0) continue;
    if (w == k.id) {
      k.fan_out.on_advanced(track);
      continue;
    }
    LinkMessage m;
    m.kind = LinkKind::advanced;
    m.track = track;
    m.generation = log.generation();
    if (!k.node.links->push(k.id, w, m)) {
      k.count(shm::Counter::links_full) += 1;
      all = false;
    }
  }
  return all;
}

bool pass_wish(Core& k, uint32_t track) {
  const FanOutTrack& t = k.fan_out.track(track);
  if (t.generation == 0) return true;
  LinkMessage m;
  m.kind = LinkKind::key_frame;
  m.track = track;
  m.generation = t.generation;
  return k.node.links->push(k.id, t.home, m);
}

}  // namespace

void take_links(Core& k) {
  for (uint32_t from = 0; from < k.node.links->workers(); ++from) {
    LinkMessage m;
    for (int i = 0; i < links_per_loop && from != k.id && k.node.links->pop(from, k.id, m); ++i) {
      if (m.kind == LinkKind::advanced) {
        if (k.fan_out.track(m.track).generation == m.generation) k.fan_out.on_advanced(m.track);
      } else {
        on_key_frame_wanted(k, m.track, m.generation);
      }
    }
  }
}

void hand_over(Core& k) {
  std::erase_if(k.advanced, [&](uint32_t track) { return tell_advanced(k, track); });
  std::erase_if(k.wishes_to_pass, [&](uint32_t track) { return pass_wish(k, track); });
}

}  // namespace sluice::dataplane
