// What of a room and its people is written down, and how they are made again from it.
#include <algorithm>
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/journal_keys.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::Role;
using signaling::Source;

namespace {

CodecNames names_of(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return {names.begin(), names.end()};
}

Role role_of(std::string_view name) {
  return signaling::by_name<Role>(signaling::role_names, name).value_or(Role::attendee);
}

void write_transport(const TransportState& from, std::string& endpoint, uint64_t& generation) {
  endpoint = from.is_broken() ? std::string() : from.endpoint_id;
  generation = from.generation;
}

void write_sources(const Participant& p, schema::JournaledParticipant& out) {
  for (std::size_t i = 0; i < signaling::source_count; ++i) {
    const PublishedSource& from = p.sources[i];
    if (!from.track && !from.muted()) continue;
    schema::JournaledSource& to = *out.add_sources();
    to.set_source(to_schema(static_cast<Source>(i)));
    to.set_self_muted(from.self_muted);
    to.set_host_muted(from.host_muted);
    if (!from.track) continue;
    to.set_track_id(from.track->track_id);
    to.set_codec(from.track->codec);
    to.set_csrc(from.track->csrc);
  }
}

void write_view(const Participant& p, schema::JournaledParticipant& out) {
  out.set_has_view(p.view.has_value());
  if (!p.view) return;
  for (const auto& [key, cap] : *p.view) {
    schema::JournaledTile& tile = *out.add_view();
    tile.set_participant_id(key.first);
    tile.set_source(to_schema(key.second));
    tile.set_encoding_cap(cap);
  }
}

void read_sources(const schema::JournaledParticipant& from, Participant& p) {
  for (const schema::JournaledSource& s : from.sources()) {
    const auto source = from_schema(s.source());
    if (!source) continue;
    PublishedSource& to = p.source(*source);
    to.self_muted = s.self_muted();
    to.host_muted = s.host_muted();
    if (!s.track_id().empty()) to.track = PublishedTrack{s.track_id(), s.codec(), s.csrc()};
  }
}

void read_view(const schema::JournaledParticipant& from, Participant& p) {
  if (!from.has_view()) return;
  p.view.emplace();
  for (const schema::JournaledTile& tile : from.view()) {
    const auto source = from_schema(tile.source());
    if (!source) continue;
    (*p.view)[{tile.participant_id(), *source}] = static_cast<uint8_t>(tile.encoding_cap());
  }
}

}  // namespace

std::string room_key(const std::string& meeting_id) {
  return "room/" + meeting_id;
}

std::string participant_key(const std::string& meeting_id, const std::string& participant_id) {
  return "participant/" + meeting_id + "/" + participant_id;
}

schema::JournalRecord Room::to_journal() const {
  schema::JournalRecord record;
  record.set_key(room_key(meeting_.id));
  schema::JournaledRoom& out = *record.mutable_room();
  out.set_meeting_id(meeting_.id);
  out.set_name(meeting_.name);
  for (const std::string& codec : meeting_.codecs) out.add_codecs(codec);
  out.set_created_unix_ms(meeting_.created_unix_ms);
  for (const std::string& id : meeting_.voided) out.add_voided(id);
  out.set_used(used_);
  for (const auto& [id, role] : roles_) (*out.mutable_roles())[id] = to_string(role);
  for (const auto& [id, to] : moved_) (*out.mutable_moved())[id] = to;
  return record;
}

schema::JournalRecord Room::to_journal(const Participant& p) const {
  schema::JournalRecord record;
  record.set_key(participant_key(meeting_.id, p.id()));
  schema::JournaledParticipant& out = *record.mutable_participant();
  out.set_meeting_id(meeting_.id);
  out.set_participant_id(p.id());
  out.set_name(p.identity.name);
  out.set_role(std::string(to_string(p.identity.role)));
  for (const std::string& codec : p.decode) out.add_decode(codec);
  for (const std::string& codec : p.allowed_codecs) out.add_allowed_codecs(codec);
  uint64_t generation = 0;
  write_transport(p.publish, *out.mutable_publish_endpoint(), generation);
  out.set_publish_generation(generation);
  write_transport(p.receive, *out.mutable_receive_endpoint(), generation);
  out.set_receive_generation(generation);
  write_sources(p, out);
  write_view(p, out);
  out.set_hidden(p.hidden);
  out.set_publishes_since(p.publishes_since);
  out.set_plays(p.plays.has_value());
  if (p.plays) out.set_plays_wanted(p.plays->wanted);
  return record;
}

Meeting meeting_of(const schema::JournaledRoom& from) {
  Meeting meeting;
  meeting.id = from.meeting_id();
  meeting.name = from.name();
  meeting.codecs = names_of(from.codecs());
  meeting.created_unix_ms = from.created_unix_ms();
  meeting.voided = {from.voided().begin(), from.voided().end()};
  return meeting;
}

void Room::restore(const schema::JournaledRoom& from, const Now& now) {
  for (const auto& [id, role] : from.roles()) roles_[id] = role_of(role);
  moved_ = {from.moved().begin(), from.moved().end()};
  used_ = from.used();
  if (!used_) return;
  forget_at_ns_ = now.monotonic_ns + context_.policy.empty_meeting_ns;
  wake_at(*forget_at_ns_);
}

void Room::restore(const schema::JournaledParticipant& from, const Now& now) {
  Participant& p = participants_[from.participant_id()];
  p.identity = {from.participant_id(), from.name(), role_of(from.role())};
  p.decode = names_of(from.decode());
  p.allowed_codecs = names_of(from.allowed_codecs());
  const auto open = [&](TransportState& to, const std::string& endpoint, uint64_t generation) {
    to.endpoint_id = endpoint;
    to.generation = generation;
    if (endpoint.empty()) return;
    participants_by_endpoint_[endpoint] = p.id();
    context_.rooms_by_endpoint[endpoint] = meeting_.id;
  };
  open(p.publish, from.publish_endpoint(), from.publish_generation());
  open(p.receive, from.receive_endpoint(), from.receive_generation());
  read_sources(from, p);
  read_view(from, p);
  p.hidden = from.hidden();
  p.publishes_since = from.publishes_since();
  publishers_seen_ = std::max(publishers_seen_, p.publishes_since);
  if (from.plays()) p.plays.emplace().wanted = from.plays_wanted();
  forget_at_ns_.reset();
  p.resume_by_ns = now.monotonic_ns + context_.policy.absence_ns;
  wake_at(*p.resume_by_ns);
}

void Room::ask_for_what_stands() {
  update_codecs(nullptr);
  for (auto& [id, p] : participants_) {
    if (p.publish.is_open()) {
      context_.outputs.push_back(
          restored(open_publish(p.publish.endpoint_id, ++p.publish.generation, p.allowed_codecs)));
    }
    if (p.receive.is_open()) {
      context_.outputs.push_back(
          restored(open_receive(p.receive.endpoint_id, role_of_receiver(p), ++p.receive.generation,
                                p.decode, feedback_of_receivers())));
    }
  }
  for (auto& [id, p] : participants_) subscribe_all(p);
  update_players();
}

void Room::touch(const Participant& p) {
  context_.touched.emplace(meeting_.id, p.id());
}

void Room::touch() {
  context_.touched.emplace(meeting_.id, std::string());
}

}  // namespace sluice::conference
