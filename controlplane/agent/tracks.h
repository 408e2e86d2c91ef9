// The tracks that clients publish here: their slots, and what is reported of them.
#pragma once

#include <string>
#include <unordered_map>

#include "common/shm/track.h"
#include "controlplane/agent/node.h"
#include "controlplane/agent/publish_answer.h"

namespace sluice::agent {

struct PublishedSource {
  std::string id;  // endpoint id "/" mid
  std::string endpoint_id;
  schema::TrackSource source = schema::SOURCE_NONE;
  shm::TrackRecord record;
  shm::SlotRef ref;
  Codec codec = Codec::none;  // none until the first packet
  bool started = false;
  uint64_t mute_generation = 0;
};

class Tracks {
 public:
  explicit Tracks(Node& node) : node_(node) {}

  // The record that publish() would make, checked: errors say what is wrong with it.
  Result<shm::TrackRecord> build(shm::SlotRef endpoint, const PublishedTrack& t,
                                 schema::TrackSource source) const;
  // Publishes, or changes, the track of this endpoint and mid, and reports it. Errors: table full.
  Status put(const std::string& endpoint_id, shm::TrackRecord record, schema::TrackSource source);
  // One that stands in the tables; returns its id.
  std::string adopt(const std::string& endpoint_id, shm::SlotRef ref,
                    const shm::TrackRecord& record);
  // Retires and reports the end.
  void end(const std::string& track_id);
  // Forgets all without retiring: their region is gone.
  void forget() { tracks_.clear(), by_slot_.clear(); }

  PublishedSource* find(const std::string& track_id);
  PublishedSource* find(shm::SlotRef ref);
  void set_muted(const std::string& track_id, bool muted, uint64_t generation);

  // True when the codec is another one than before.
  bool on_codec(PublishedSource& t, Codec codec);
  // Looks at what the worker wrote, in case the events were lost. Calls on_codec_change(track) as
  // needed.
  void on_tick(const std::function<void(PublishedSource&)>& on_codec_change);
  void report(const PublishedSource& t, bool ended = false);

 private:
  static uint64_t key(shm::SlotRef ref) { return uint64_t{ref.slot} << 32 | ref.generation; }

  Node& node_;
  std::unordered_map<std::string, PublishedSource> tracks_;
  std::unordered_map<uint64_t, PublishedSource*> by_slot_;
};

std::string track_id_of(const std::string& endpoint_id, std::string_view mid);

}  // namespace sluice::agent
