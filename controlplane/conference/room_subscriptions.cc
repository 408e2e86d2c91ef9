// Who receives what: audio of everybody else, video of the tiles on screen (of everybody, as long
// as no view was sent), and for players what room_players.cc picked. People coming and going are
// subscriptions alone; nothing here makes an offer.
#include <utility>

#include "controlplane/conference/agent_requests.h"
#include "controlplane/conference/room.h"

namespace sluice::conference {

using signaling::Source;

namespace {

constexpr uint32_t temporal_cap_all = 255;
// A voice before a screen before a face.
constexpr uint32_t priority_of(Source source) {
  switch (source) {
    case Source::microphone:
      return 3;
    case Source::screen_audio:
      return 2;
    case Source::screen:
      return 1;
    case Source::camera:
    case Source::camera_2:
    case Source::camera_3:
      return 0;
  }
  return 0;
}

// What is shown and heard in time with each other: the voice with the first camera.
std::string pair_of(const SourceKey& key) {
  if (signaling::is_screen(key.second)) return key.first + ":screen";
  if (key.second == Source::microphone || key.second == Source::camera) return key.first;
  return key.first + ":" + std::string(to_string(key.second));
}

}  // namespace

std::optional<uint8_t> Room::wanted_cap(const Participant& receiver, const Participant& publisher,
                                        Source source) const {
  if (&receiver == &publisher || !publisher.source(source).track) return std::nullopt;
  if (publisher.hidden) return std::nullopt;
  if (!receiver.receive.is_usable()) return std::nullopt;
  if (receiver.plays) {
    const SourceKey key{publisher.id(), source};
    const bool plays = receiver.plays->audio == key || receiver.plays->video == key;
    return plays ? std::optional(signaling::encoding_cap_all) : std::nullopt;
  }
  if (signaling::is_audio(source) || !receiver.view) return signaling::encoding_cap_all;
  const auto tile = receiver.view->find({publisher.id(), source});
  if (tile == receiver.view->end()) return std::nullopt;
  return tile->second;
}

void Room::subscribe_all(Participant& receiver) {
  // What ends gives its stream to what begins: paging through a grid needs no more streams than
  // tiles.
  const bool freed = unsubscribe_unwanted(receiver);
  if (freed) ask_again(receiver);
  for (const auto& [id, publisher] : participants_) {
    for (std::size_t i = 0; i < signaling::source_count; ++i) {
      subscribe(receiver, publisher, static_cast<Source>(i));
    }
  }
}

void Room::subscribe(Participant& receiver, const Participant& publisher, Source source) {
  const auto cap = wanted_cap(receiver, publisher, source);
  if (!cap) return;
  const SourceKey key{publisher.id(), source};
  const auto [at, is_new] = receiver.subscriptions.try_emplace(key);
  Subscription& s = at->second;
  if (is_new) {
    s.id = receiver.receive.endpoint_id + "/" + std::to_string(++receiver.subscriptions_made);
    s.track_id = publisher.source(source).track->track_id;
    receiver.subscription_keys[s.id] = key;
  } else if (s.encoding_cap == *cap && !s.has_ended()) {
    return;
  }
  s.encoding_cap = *cap;
  if (s.has_ended()) s.phase.reset();
  ++s.generation;
  ask_subscribe(receiver, key, s);
}

void Room::subscribe_others_to(Participant& publisher) {
  publisher.publishes_since = ++publishers_seen_;
  touch(publisher);
  for (auto& [id, receiver] : participants_) {
    for (std::size_t i = 0; i < signaling::source_count; ++i) {
      subscribe(receiver, publisher, static_cast<Source>(i));
    }
  }
}

bool Room::unsubscribe_unwanted(Participant& receiver) {
  std::vector<SourceKey> unwanted;
  for (const auto& [key, s] : receiver.subscriptions) {
    // Whoever leaves is unsubscribed from first, so the publisher is there.
    if (!wanted_cap(receiver, participants_.at(key.first), key.second)) unwanted.push_back(key);
  }
  for (const SourceKey& key : unwanted) {
    unsubscribe_from(receiver, participants_.at(key.first), key.second, true);
  }
  return !unwanted.empty();
}

void Room::unsubscribe_from(Participant& receiver, const Participant& publisher, Source source,
                            bool tell_receiver) {
  const auto at = receiver.subscriptions.find({publisher.id(), source});
  if (at == receiver.subscriptions.end()) return;
  context_.outputs.push_back(unsubscribe(at->second.id));
  receiver.subscription_keys.erase(at->second.id);
  receiver.subscriptions.erase(at);
  if (!tell_receiver) return;
  tell(receiver,
       signaling::SubscriptionChanged{publisher.id(), source, signaling::Phase::ended, "", "", ""});
}

void Room::ask_again(Participant& receiver) {
  for (auto& [key, s] : receiver.subscriptions) {
    if (s.phase != signaling::Phase::refused) continue;
    s.phase.reset();
    ++s.generation;
    ask_subscribe(receiver, key, s);
  }
}

void Room::ask_subscribe(const Participant& receiver, const SourceKey& key, const Subscription& s) {
  schema::AgentRequest request;
  auto& subscribe = *request.mutable_subscribe();
  subscribe.set_subscription_id(s.id);
  subscribe.set_receiver_endpoint_id(receiver.receive.endpoint_id);
  subscribe.set_track_id(s.track_id);
  subscribe.set_generation(s.generation);
  subscribe.set_pair_id(pair_of(key));
  subscribe.set_encoding_cap(s.encoding_cap);
  subscribe.set_temporal_cap(temporal_cap_all);
  subscribe.set_priority(priority_of(key.second));
  context_.outputs.push_back(std::move(request));
}

void Room::forget_subscriptions(Participant& receiver) {
  // They end with the endpoint; asking for each would be noise.
  receiver.subscriptions.clear();
  receiver.subscription_keys.clear();
}

}  // namespace sluice::conference
