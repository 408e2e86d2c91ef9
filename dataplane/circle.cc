// The circle that the elevator walks: a track's receivers in their chunks, and the classes they
// belong to. Joining and leaving leave everybody else's turn as it was.
#include <algorithm>

#include "dataplane/fan_out.h"

namespace sluice::dataplane {

ForwardClass* FanOut::class_for(FanOutTrack& t, const ClassKey& key) {
  for (uint8_t i = 0; i < t.class_count; ++i) {
    if (t.classes[i]->key == key) return t.classes[i];
  }
  if (t.class_count == classes_per_track || free_classes_.empty()) return nullptr;
  const uint32_t index = free_classes_.back();
  free_classes_.pop_back();
  ForwardClass& c = classes_[index];
  c = ForwardClass{};
  c.key = key;
  c.ring = reinterpret_cast<ClassPacket*>(class_memory_.data() + index * class_stride);
  c.payloads = class_payloads_.data() + index * class_payloads_stride;
  c.mask = class_packets(t.kind) - 1;
  t.classes[t.class_count++] = &c;
  return &c;
}

void FanOut::leave_class(FanOutTrack& t, ForwardClass* c) {
  if (--c->receivers != 0) return;
  const auto end = t.classes.begin() + t.class_count;
  *std::find(t.classes.begin(), end, c) = t.classes[--t.class_count];
  free_classes_.push_back(static_cast<uint32_t>(c - classes_.data()));
}

Receiver* FanOut::add(uint32_t track, uint32_t subscription, uint32_t stream, const ClassKey& key) {
  FanOutTrack& t = tracks_[track];
  if (t.receivers == 0) t.prepared = t.log->next();
  ForwardClass* c = class_for(t, key);
  if (c == nullptr) return nullptr;
  if (t.first == nullptr || t.first->count == ReceiverChunk::capacity) {
    if (free_chunks_ == nullptr) return nullptr;
    ReceiverChunk* chunk = free_chunks_;
    free_chunks_ = chunk->next;
    chunk->next = t.first;
    chunk->previous = nullptr;
    chunk->count = 0;
    if (t.first != nullptr) {
      t.first->previous = chunk;
    } else {
      t.last = chunk;
    }
    t.first = chunk;
  }
  ++c->receivers;
  ++t.receivers;
  Receiver& r = t.first->receivers[t.first->count++];
  r = Receiver{};
  r.forward_class = c;
  r.position = c->head;
  r.considered = c->considered;
  r.state = &x_.region->stream(stream).state;
  r.ssrc = x_.streams[stream].ssrc;
  r.stream = stream;
  r.endpoint = x_.streams[stream].endpoint;
  r.subscription = subscription;
  r.track = track;
  x_.streams[stream].receiver = &r;
  return &r;
}

// Receivers of a track fill all its chunks but the first: the hole takes the first chunk's last
// one.
//
// The cursor keeps its place, or those behind it would wait for as long as others leave. What it
// has yet to walk are the next (receivers - clean) places; whoever is due must stay among them, and
// walking past one more who is not costs nothing. So `clean` may be too small, never too large.
void FanOut::remove(Receiver* r) {
  FanOutTrack& t = tracks_[r->track];
  StreamContext& stream = x_.streams[r->stream];
  stream.receiver = nullptr;
  if (r->packets != 0) {  // the next source continues from here
    stream.last_timestamp = r->last_timestamp;
    stream.used = true;
  }
  Receiver& last = t.first->receivers[t.first->count - 1];
  const bool was_due = is_due(*r);
  const bool last_due = is_due(last);
  leave_class(t, r->forward_class);
  if (&last != r) move(last, last_due && !was_due ? place_ahead(t, r) : r);
  if (t.clean != 0 && !(was_due && last_due)) --t.clean;
  --t.receivers;
  if (--t.first->count == 0) {
    ReceiverChunk* chunk = t.first;
    t.first = chunk->next;
    if (t.first != nullptr) {
      t.first->previous = nullptr;
    } else {
      t.last = nullptr;
    }
    if (t.cursor == chunk) {
      t.cursor = t.last;
      t.cursor_at = 0;
    }
    chunk->next = free_chunks_;
    free_chunks_ = chunk;
  } else if (t.cursor == t.first) {
    t.cursor_at = std::min(t.cursor_at, t.first->count);
  }
}

bool FanOut::is_due(const Receiver& r) {
  return r.considered != r.forward_class->considered;
}

void FanOut::move(const Receiver& from, Receiver* to) {
  *to = from;
  x_.streams[to->stream].receiver = to;
}

// A hole that the cursor has yet to walk, instead of one that it may have passed: the receiver in
// front of which it stands moves into the old one.
Receiver* FanOut::place_ahead(FanOutTrack& t, Receiver* hole) {
  if (t.clean == 0) return hole;  // everybody's place is ahead
  if (t.cursor_at == 0 && t.cursor->next != nullptr) {
    t.cursor = t.cursor->next;
    t.cursor_at = t.cursor->count;
  }
  if (t.cursor_at == 0) {
    t.clean = 0;
    return hole;
  }
  Receiver* passed = &t.cursor->receivers[--t.cursor_at];
  if (passed != hole) move(*passed, hole);
  return passed;
}

}  // namespace sluice::dataplane
