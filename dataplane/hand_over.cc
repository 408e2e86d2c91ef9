// Hand over: tells the workers that have receivers of a track that its log has grown, and a track's
// home that a key frame is wanted. What does not fit into a ring stays on the list: it is still
// true in the next loop.
#include <algorithm>

#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "dataplane/adopt.h"
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

// To the worker that has the track, as the tables say. True when nothing is left to pass.
bool pass_wish(Core& k, uint32_t track) {
  shm::TrackRecord r;
  shm::EndpointRecord home;
  Generation generation, home_generation;
  shm::SlotRead read = shm::read_live(k.region.track(track), r, generation);
  if (read != shm::SlotRead::live) return read != shm::SlotRead::busy;
  if (!shm::validate(r, k.region.capacities()).empty()) return true;
  read = shm::read_live(k.region.endpoint(r.endpoint.slot), home, home_generation);
  if (read != shm::SlotRead::live) return read != shm::SlotRead::busy;
  if (home.home_worker >= k.node.links->workers()) return true;
  if (home.home_worker == k.id) {
    if (!k.at_home(r.endpoint)) return look_when_home(k, r.endpoint) == Look::done;
    on_key_frame_wanted(k, track, generation.value());
    return true;
  }
  LinkMessage m;
  m.kind = LinkKind::key_frame;
  m.track = track;
  m.generation = generation.value();
  return k.node.links->push(k.id, home.home_worker, m);
}

// Of a track that has left meanwhile, or is about to come: by way of the tables.
void take_wish(Core& k, const LinkMessage& m) {
  if (k.tracks[m.track].generation == m.generation) {
    on_key_frame_wanted(k, m.track, m.generation);
  } else {
    wish_elsewhere(k, m.track);
  }
}

}  // namespace

void take_links(Core& k) {
  for (uint32_t from = 0; from < k.node.links->workers(); ++from) {
    LinkMessage m;
    for (int i = 0; i < links_per_loop && from != k.id && k.node.links->pop(from, k.id, m); ++i) {
      if (m.kind == LinkKind::advanced) {
        if (k.fan_out.track(m.track).generation == m.generation) k.fan_out.on_advanced(m.track);
      } else {
        take_wish(k, m);
      }
    }
  }
}

void hand_over(Core& k) {
  std::erase_if(k.advanced, [&](uint32_t track) { return tell_advanced(k, track); });
  std::erase_if(k.wishes_to_pass, [&](uint32_t track) { return pass_wish(k, track); });
}

}  // namespace sluice::dataplane
