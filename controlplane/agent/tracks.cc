#include "controlplane/agent/tracks.h"

#include "common/shm/validate.h"

namespace sluice::agent {
namespace {

schema::MediaKind to_schema(MediaKind k) {
  switch (k) {
    case MediaKind::audio:
      return schema::AUDIO;
    case MediaKind::video:
      return schema::VIDEO;
    case MediaKind::none:
      break;
  }
  return schema::MEDIA_KIND_NONE;
}

// A client that named no source means the plain one.
schema::TrackSource source_or_default(schema::TrackSource s, MediaKind k) {
  if (s != schema::SOURCE_NONE) return s;
  return k == MediaKind::audio ? schema::MICROPHONE : schema::CAMERA;
}

bool same_encodings(const shm::TrackRecord& a, const shm::TrackRecord& b) {
  if (a.encoding_count != b.encoding_count) return false;
  for (std::size_t i = 0; i < a.encoding_count; ++i) {
    const shm::EncodingRecord& x = a.encodings[i];
    const shm::EncodingRecord& y = b.encodings[i];
    if (x.ssrc != y.ssrc || x.rtx_ssrc != y.rtx_ssrc || !(x.rid == y.rid)) return false;
  }
  return true;
}

}  // namespace

std::string track_id_of(const std::string& endpoint_id, std::string_view mid) {
  return endpoint_id + "/" + std::string(mid);
}

Result<shm::TrackRecord> Tracks::build(shm::SlotRef endpoint, const PublishedTrack& t,
                                       schema::TrackSource source) const {
  shm::TrackRecord r;
  r.id = node_.identities.make_id();
  r.endpoint = endpoint;
  r.kind = t.kind;
  r.source = static_cast<shm::TrackSource>(source_or_default(source, t.kind));
  r.csrc = 1;  // a real one is taken when it is published
  r.mid = shm::Text<16>(t.mid);
  r.encoding_count = static_cast<uint8_t>(t.encodings.size());
  for (std::size_t i = 0; i < t.encodings.size(); ++i) r.encodings[i] = t.encodings[i];
  const shm::Fault f = shm::validate(r, node_.plane.capacities());
  if (!f.empty()) return Error{std::string(f)};
  return r;
}

Status Tracks::put(const std::string& endpoint_id, shm::TrackRecord record,
                   schema::TrackSource source) {
  source = source_or_default(source, record.kind);
  const std::string id = track_id_of(endpoint_id, record.mid.view());
  if (PublishedSource* known = find(id)) {
    const bool same = same_encodings(known->record, record) && known->source == source;
    if (same) return {};
    record.id = known->record.id;
    record.csrc = known->record.csrc;
    record.muted = known->record.muted;
    if (const Status s = node_.plane.publisher().update(known->ref, record); !s) return s;
    known->record = record;
    known->source = source;
    report(*known);
    return {};
  }
  record.csrc = node_.identities.take_ssrc();
  auto ref = node_.plane.publisher().publish(record);
  if (!ref) {
    node_.identities.release_ssrc(record.csrc);
    return ref.error();
  }
  PublishedSource& t = tracks_[id];
  t.id = id;
  t.endpoint_id = endpoint_id;
  t.source = source;
  t.record = record;
  t.ref = *ref;
  by_slot_[key(t.ref)] = &t;
  report(t);
  return {};
}

std::string Tracks::adopt(const std::string& endpoint_id, shm::SlotRef ref,
                          const shm::TrackRecord& record) {
  const std::string id = track_id_of(endpoint_id, record.mid.view());
  PublishedSource& t = tracks_[id];
  t.id = id;
  t.endpoint_id = endpoint_id;
  t.source = static_cast<schema::TrackSource>(record.source);
  t.record = record;
  t.ref = ref;
  by_slot_[key(ref)] = &t;
  const shm::TrackState& state = node_.plane.region().track(ref.slot).state;
  const auto codec = static_cast<Codec>(state.codec.load(std::memory_order_acquire) & 0xff);
  const bool ours = state.generation.load(std::memory_order_acquire) == ref.generation;
  t.started = ours && codec != Codec::none && static_cast<uint8_t>(codec) < codec_count &&
              kind_of(codec) == record.kind;
  if (t.started) t.codec = codec;
  return id;
}

void Tracks::end(const std::string& track_id) {
  const auto at = tracks_.find(track_id);
  if (at == tracks_.end()) return;
  PublishedSource& t = at->second;
  node_.plane.publisher().retire(shm::TableId::track, t.ref);
  node_.identities.release_ssrc(t.record.csrc);
  by_slot_.erase(key(t.ref));
  report(t, true);
  tracks_.erase(at);
}

PublishedSource* Tracks::find(const std::string& track_id) {
  const auto at = tracks_.find(track_id);
  return at == tracks_.end() ? nullptr : &at->second;
}

PublishedSource* Tracks::find(shm::SlotRef ref) {
  const auto at = by_slot_.find(key(ref));
  return at == by_slot_.end() ? nullptr : at->second;
}

void Tracks::set_muted(const std::string& track_id, bool muted, uint64_t generation) {
  PublishedSource* t = find(track_id);
  if (t == nullptr || generation < t->mute_generation) return;
  t->mute_generation = generation;
  shm::TrackRecord next = t->record;
  next.muted = muted ? 1 : 0;
  if (next.muted == t->record.muted) return;
  if (node_.plane.publisher().update(t->ref, next)) t->record = next;
}

bool Tracks::on_codec(PublishedSource& t, Codec codec) {
  if (static_cast<uint8_t>(codec) >= codec_count || kind_of(codec) != t.record.kind) return false;
  const bool changed = t.codec != codec;
  if (!changed && t.started) return false;
  t.codec = codec;
  t.started = true;
  report(t);
  return changed;
}

void Tracks::on_tick(const std::function<void(PublishedSource&)>& on_codec_change) {
  for (auto& [id, t] : tracks_) {
    const shm::TrackState& state = node_.plane.region().track(t.ref.slot).state;
    if (state.generation.load(std::memory_order_acquire) != t.ref.generation) continue;
    const auto codec = static_cast<Codec>(state.codec.load(std::memory_order_acquire) & 0xff);
    if (codec != Codec::none && codec != t.codec && on_codec(t, codec)) on_codec_change(t);
  }
}

void Tracks::report(const PublishedSource& t, bool ended) {
  schema::AgentReport report;
  auto& state = *report.mutable_track_state();
  state.set_track_id(t.id);
  state.set_endpoint_id(t.endpoint_id);
  state.set_mid(std::string(t.record.mid.view()));
  state.set_kind(to_schema(t.record.kind));
  state.set_source(t.source);
  state.set_ended(ended);
  state.set_started(t.started);
  state.set_codec(t.codec == Codec::none ? "" : std::string(name_of(t.codec)));
  state.set_csrc(t.record.csrc);
  node_.report(std::move(report));
}

}  // namespace sluice::agent
