// One person in one room, as the conference knows them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "controlplane/conference/codec_set.h"
#include "controlplane/conference/output.h"
#include "controlplane/signaling/client_message.h"

namespace sluice::conference {

// Who a checked participant token says somebody is.
struct Identity {
  std::string participant_id;
  std::string name;
  signaling::Role role = signaling::Role::presenter;
};

// Whose which source: the key of a subscription, as its receiver sees it.
using SourceKey = std::pair<std::string, signaling::Source>;

struct TransportState {
  std::string endpoint_id;  // empty = not open
  uint64_t generation = 0;
  schema::EndpointState::Phase phase = schema::EndpointState::PHASE_NONE;
  std::string reason;  // of the phase

  bool is_open() const { return !endpoint_id.empty(); }
  bool is_broken() const {
    return phase == schema::EndpointState::FAILED || phase == schema::EndpointState::CLOSED;
  }
  bool is_usable() const { return is_open() && !is_broken(); }
};

struct PublishedTrack {
  std::string track_id;
  std::string codec;
  uint32_t csrc = 0;
};

// A source outlives its track: what was muted stays muted when the track comes back.
struct PublishedSource {
  std::optional<PublishedTrack> track;
  bool self_muted = false;
  bool host_muted = false;
  uint64_t mute_generation = 0;

  bool muted() const { return self_muted || host_muted; }
};

struct Subscription {
  std::string id;
  std::string track_id;
  uint64_t generation = 0;
  uint8_t encoding_cap = signaling::encoding_cap_all;
  std::optional<signaling::Phase> phase;  // nothing reported yet
  std::string mid;
  std::string codec;
  std::string reason;

  bool has_ended() const {
    return phase == signaling::Phase::refused || phase == signaling::Phase::ended;
  }
};

struct Speech {
  bool speaking = false;
  uint32_t level = 127;
  bool told = true;  // the room knows the above
  TimeNs told_at_ns = 0;
};

// What a player (room_players.cc) is fed.
struct Playback {
  std::string wanted;  // the participant it asked for; empty = whoever publishes
  std::optional<SourceKey> audio, video;
};

struct Participant {
  Identity identity;
  bool hidden = false;               // nobody is told of it before its media is up
  ConnectionId connection = 0;       // 0 = the WebSocket is gone
  std::optional<TimeNs> lost_at_ns;  // when absence becomes departure; nothing while media lives
  // After a restart: when whoever has not come back by then is lost, with or without media.
  std::optional<TimeNs> resume_by_ns;
  CodecNames decode;  // canonical, preferred first
  TransportState publish;
  TransportState receive;
  CodecNames allowed_codecs;  // what the publish transport was told
  std::optional<signaling::ReceiveOffer> unanswered_offer;
  bool owes_publish_offer = false;  // it was asked for an ICE restart
  std::array<PublishedSource, signaling::source_count> sources;
  std::optional<std::map<SourceKey, uint8_t>> view;  // encoding cap by tile; nothing = everybody
  std::map<SourceKey, Subscription> subscriptions;
  std::map<std::string, SourceKey> subscription_keys;  // by subscription id
  uint64_t subscriptions_made = 0;
  Speech speech;
  uint64_t publishes_since = 0;  // counts in the room: who began earlier has less
  std::optional<Playback> plays;

  const std::string& id() const { return identity.participant_id; }
  bool is_host() const { return identity.role == signaling::Role::host; }
  bool may_publish() const { return identity.role >= signaling::Role::presenter; }
  PublishedSource& source(signaling::Source s) { return sources[static_cast<std::size_t>(s)]; }
  const PublishedSource& source(signaling::Source s) const {
    return sources[static_cast<std::size_t>(s)];
  }
  TransportState& transport(signaling::Transport t) {
    return t == signaling::Transport::publish ? publish : receive;
  }
  bool has_media() const {
    return publish.phase == schema::EndpointState::CONNECTED ||
           receive.phase == schema::EndpointState::CONNECTED;
  }
  signaling::Presence presence() const {
    return connection != 0 ? signaling::Presence::connected : signaling::Presence::reconnecting;
  }
};

signaling::TrackView track_view(const Participant& p, signaling::Source source);
signaling::ParticipantView participant_view(const Participant& p);

}  // namespace sluice::conference
