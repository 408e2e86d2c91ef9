#include "dataplane/fan_out.h"

#include <algorithm>
#include <cstring>

#include "common/base/assert.h"
#include "dataplane/prefetch.h"
#include "dataplane/stage_clock.h"

namespace sluice::dataplane {
namespace {

// A track takes one partly filled chunk at most, everything else is full.
std::size_t chunk_count(const FanOutContext& x) {
  return x.tracks + x.subscriptions.size() / ReceiverChunk::capacity + 1;
}
uint32_t class_count(const FanOutContext& x) {
  return x.tracks * 2;
}

// In visits: far enough for memory to answer, near enough for the cache to keep.
constexpr uint32_t receivers_ahead = 12;
constexpr uint32_t states_ahead = 6;
}  // namespace

FanOut::FanOut(const FanOutContext& context)
    : x_(context),
      tracks_(std::make_unique<FanOutTrack[]>(context.tracks)),
      classes_(class_count(context)),
      chunk_memory_(chunk_count(context) * sizeof(ReceiverChunk)),
      class_memory_(class_count(context) * class_stride),
      class_payloads_(class_count(context) * class_payloads_stride, Pages::small),
      transport_numbers_(context.endpoints) {
  auto* chunks = reinterpret_cast<ReceiverChunk*>(chunk_memory_.data());
  for (std::size_t i = chunk_count(x_); i-- > 0;) {
    chunks[i].next = free_chunks_;
    free_chunks_ = &chunks[i];
  }
  for (uint32_t i = class_count(x_); i-- > 0;) free_classes_.push_back(i);
}

std::size_t FanOut::memory_bytes() const {
  return chunk_memory_.size() + class_memory_.size() + class_payloads_.size() +
         transport_numbers_.size() * sizeof transport_numbers_[0] +
         classes_.size() * sizeof(ForwardClass) + x_.tracks * sizeof(FanOutTrack);
}

void FanOut::open_track(uint32_t slot, uint32_t generation, MediaKind kind, uint32_t csrc,
                        TrackLog& log, bool remote) {
  FanOutTrack& t = tracks_[slot];
  const bool queued = t.queued;
  const uint32_t next = t.next_queued;
  t = FanOutTrack{};
  t.queued = queued;
  t.next_queued = next;
  t.generation = generation;
  t.kind = kind;
  t.csrc = csrc;
  t.log = &log;
  t.remote = remote;
  t.prepared = log.next();
}

void FanOut::close_track(uint32_t slot) {
  FanOutTrack& t = tracks_[slot];
  SLUICE_ASSERT(t.receivers == 0);
  t.generation = 0;
  t.log = nullptr;
}

void FanOut::on_advanced(uint32_t track) {
  FanOutTrack& t = tracks_[track];
  if (t.generation != 0 && t.receivers != 0) enqueue(track);
}

bool FanOut::crowded(uint32_t track) const {
  const FanOutTrack& t = tracks_[track];
  return t.receivers != 0 &&
         t.log->next() - t.prepared >= std::min(t.log->capacity(), class_packets(t.kind)) / 2;
}

void FanOut::enqueue(uint32_t track) {
  FanOutTrack& t = tracks_[track];
  if (t.queued) return;
  Queue& q = queues_[t.kind == MediaKind::audio ? 0 : 1];
  t.queued = true;
  t.next_queued = no_slot;
  if (q.head == no_slot) {
    q.head = track;
  } else {
    tracks_[q.tail].next_queued = track;
  }
  q.tail = track;
}

uint32_t FanOut::dequeue(Queue& q) {
  const uint32_t track = q.head;
  q.head = tracks_[track].next_queued;
  tracks_[track].queued = false;
  return track;
}

// Small tracks come one after the other, scattered over memory: while one is served, what the next
// needs is asked for, and the one after it itself.
void FanOut::prefetch_queued(const Queue& q) const {
  if (q.head == no_slot) return;
  const FanOutTrack& next = tracks_[q.head];
  if (next.next_queued != no_slot) prefetch_lines(tracks_[next.next_queued]);
  if (next.class_count != 0) __builtin_prefetch(next.classes[0]);
  if (next.log != nullptr) next.log->prefetch();
  const ReceiverChunk* chunk = next.cursor != nullptr ? next.cursor : next.last;
  if (chunk == nullptr) return;
  for (uint32_t i = 0; i < std::min(next.receivers, receivers_ahead); ++i) {
    __builtin_prefetch(&chunk->receivers[i], 1);
    __builtin_prefetch(&chunk->receivers[i].key);
  }
}

void FanOut::want_key_frame(uint32_t slot) {
  FanOutTrack& t = tracks_[slot];
  if (t.kind != MediaKind::video || t.key_frame_wanted) return;
  t.key_frame_wanted = key_frame_wishes_.push(slot);
}

// Brings the classes up to the end of the log: once per packet and class, whatever the number of
// receivers.
void FanOut::prepare(FanOutTrack& t, uint32_t slot) {
  const uint64_t end = t.log->next();
  if (end - t.prepared > t.log->capacity()) {
    // The whole track was lapped before any class saw these packets.
    const uint64_t lost = end - t.log->capacity() - t.prepared;
    count_overrun(t, lost);
    t.prepared += lost;
  }
  if (end == t.prepared) return;
  uint32_t active = 0;
  for (uint32_t e = 0; e < shm::encodings_max; ++e) {
    const TimeNs at = t.log->last_packet[e].load(std::memory_order_relaxed);
    if (at != 0 && now_ - at < 1'500 * ns_per_ms) active |= 1U << e;
  }
  for (; t.prepared != end; ++t.prepared) {
    LogEntry e;
    if (!t.log->read(t.prepared, e)) {
      count_overrun(t, 1);
      continue;
    }
    for (uint8_t i = 0; i < t.class_count; ++i) {
      forward(*t.classes[i], x_.templates[t.classes[i]->key.shape], *t.log, e, t.kind, t.csrc,
              active);
    }
  }
  for (uint8_t i = 0; i < t.class_count; ++i) {
    const ForwardClass& c = *t.classes[i];
    if (!c.following || c.encoding != wanted_encoding(c.key.encoding_cap, active))
      want_key_frame(slot);
  }
  t.clean = 0;
}

void FanOut::count_overrun(const FanOutTrack& t, uint64_t packets) {
  (*x_.counters)[shm::Counter::visited] += packets * t.receivers;
  (*x_.counters)[shm::Counter::egress_log_overrun] += packets * t.receivers;
}

void FanOut::end_slice_when_due() {
  slice_over_ = slice_steps_ >= slice_steps ||
                (x_.slice_ticks != 0 && StageClock::ticks() - slice_began_ >= x_.slice_ticks);
}

// Receivers lie in memory as they are visited: the lines of one are asked for some visits ahead,
// then, by what these say, its region line. Its key comes while the batch before its own is
// encrypted.
void FanOut::prefetch_ahead(const FanOutTrack& t) const {
  const auto ahead = [&t](uint32_t n) -> const Receiver* {
    const ReceiverChunk* chunk = t.cursor;
    uint32_t at = t.cursor_at + n;
    if (at >= chunk->count) {
      at -= chunk->count;
      chunk = chunk->previous;
      if (chunk == nullptr || at >= chunk->count) return nullptr;
    }
    return &chunk->receivers[at];
  };
  if (const Receiver* r = ahead(receivers_ahead)) {
    __builtin_prefetch(r, 1);
    __builtin_prefetch(&r->key);
  }
  if (const Receiver* r = ahead(states_ahead)) __builtin_prefetch(r->state, 1);
}

// True when every receiver has had everything. False: the slice is over, or there is no way out.
bool FanOut::sweep(FanOutTrack& t) {
  while (t.clean < t.receivers) {
    if (t.cursor == nullptr || t.cursor_at >= t.cursor->count) {
      t.cursor = t.cursor != nullptr && t.cursor->previous != nullptr ? t.cursor->previous : t.last;
      t.cursor_at = 0;
    }
    prefetch_ahead(t);
    if (!visit(t, t.cursor->receivers[t.cursor_at])) return false;
    ++t.clean;
    ++t.cursor_at;
    if (++slice_steps_ % job_batch == 0) end_slice_when_due();
    if (slice_over_) return t.clean >= t.receivers;
  }
  return true;
}

void FanOut::run(TimeNs now) {
  now_ = now;
  now_ms_ = static_cast<uint32_t>(now / ns_per_ms);
  for (Queue& q : queues_) {
    if (q.head == no_slot) continue;
    (*x_.counters)[shm::Counter::slices] += 1;
    slice_began_ = StageClock::ticks();
    slice_steps_ = 0;
    slice_over_ = false;
    // Every queued track at most once a slice, so that one busy track cannot hold the others.
    const uint32_t last = q.tail;
    bool more = true;
    while (more && !slice_over_ && q.head != no_slot) {
      const uint32_t slot = dequeue(q);
      more = slot != last;
      prefetch_queued(q);
      FanOutTrack& t = tracks_[slot];
      if (t.generation == 0 || t.receivers == 0) continue;
      prepare(t, slot);
      if (!sweep(t)) {
        enqueue(slot);
        if (!slice_over_) break;  // no mbuf or a full queue: later
      }
    }
    flush();
  }
}

std::size_t FanOut::Notes::take(std::span<uint32_t> out) {
  const std::size_t n = std::min(out.size(), count);
  std::copy_n(slots.begin(), n, out.begin());
  std::copy(slots.begin() + static_cast<std::ptrdiff_t>(n),
            slots.begin() + static_cast<std::ptrdiff_t>(count), slots.begin());
  count -= n;
  return n;
}

std::size_t FanOut::take_key_frame_wishes(std::span<uint32_t> out) {
  const std::size_t n = key_frame_wishes_.take(out);
  for (std::size_t i = 0; i < n; ++i) tracks_[out[i]].key_frame_wanted = false;
  return n;
}
std::size_t FanOut::take_reports_due(std::span<uint32_t> out) {
  return reports_due_.take(out);
}
std::size_t FanOut::take_opened(std::span<uint32_t> out) {
  return opened_.take(out);
}
std::size_t FanOut::take_undecodable(std::span<uint32_t> out) {
  return undecodable_.take(out);
}

}  // namespace sluice::dataplane
