#include "tests/unit/controlplane/conference/stage.h"

#include <algorithm>

#include "controlplane/conference/agent_requests.h"

namespace sluice::conference {

using signaling::Source;

Stage::Stage(const Policy& policy)
    : conference(policy, [this] { return "id" + std::to_string(++last_name_); }) {
  meeting.id = "meeting";
  meeting.name = "Weekly";
  meeting.codecs = {"opus", "VP8", "VP9", "AV1"};
  conference.on_meeting(meeting, now);
  take_outputs();
}

Stage::Stage(std::map<std::string, schema::JournalRecord> records, const Now& at)
    : conference({}, [this] { return "id" + std::to_string(++last_name_); }),
      now(at),
      journal(std::move(records)),
      last_name_(1'000) {
  meeting.id = "meeting";
  conference.restore(std::map(journal), now);
  take_outputs();
}

ConnectionId Stage::connect(const std::string& name, signaling::Role role) {
  const ConnectionId id = ++last_connection_;
  connections_[name] = id;
  conference.on_connected(id, {name, name, role}, meeting, now.unix_ms / 1'000 + 3'600, now);
  take_outputs();
  return id;
}

ConnectionId Stage::join(const std::string& name, signaling::Role role,
                         std::vector<std::string> decode, bool resume) {
  const ConnectionId id = connect(name, role);
  say(name, signaling::Hello{std::move(decode), resume});
  return id;
}

void Stage::say(const std::string& name, const signaling::ClientMessage& message) {
  conference.on_message(connections_.at(name), message, now);
  take_outputs();
}

void Stage::disconnect(const std::string& name) {
  conference.on_disconnected(connections_.at(name), now);
  take_outputs();
}

void Stage::pass(TimeNs duration_ns) {
  const TimeNs end = now.monotonic_ns + duration_ns;
  const auto go_to = [&](TimeNs at) {
    now.unix_ms += (at - now.monotonic_ns) / ns_per_ms;
    now.monotonic_ns = at;
    conference.on_time(now);
    take_outputs();
  };
  for (;;) {
    const auto deadline = conference.next_deadline();
    if (!deadline || *deadline > end) break;
    go_to(std::max(*deadline, now.monotonic_ns));
  }
  go_to(end);
}

void Stage::report(const schema::AgentReport& report) {
  conference.on_report(report, now);
  take_outputs();
}

void Stage::publish(const std::string& name, const std::vector<Source>& sources) {
  signaling::PublishOffer offer{1, "v=0 offer", {}};
  for (const Source s : sources) {
    offer.sources.emplace(std::to_string(static_cast<int>(s)), s);
  }
  say(name, offer);
  schema::AgentReport answer;
  auto& description = *answer.mutable_local_description();
  description.set_endpoint_id(participant(name).publish.endpoint_id);
  description.set_negotiation(1);
  description.set_type("answer");
  description.set_sdp("v=0 answer");
  report(answer);
  endpoint(participant(name).publish.endpoint_id, connected);
  for (const Source s : sources) track(name, s);
}

std::string Stage::track_id(const std::string& name, Source source) const {
  return participant(name).publish.endpoint_id + "/" + std::to_string(static_cast<int>(source));
}

void Stage::track(const std::string& name, Source source, bool ended, const std::string& codec,
                  uint32_t csrc) {
  schema::AgentReport out;
  auto& state = *out.mutable_track_state();
  state.set_track_id(track_id(name, source));
  state.set_endpoint_id(participant(name).publish.endpoint_id);
  state.set_mid(std::to_string(static_cast<int>(source)));
  state.set_source(to_schema(source));
  state.set_kind(signaling::is_audio(source) ? schema::AUDIO : schema::VIDEO);
  state.set_ended(ended);
  state.set_codec(codec);
  state.set_csrc(csrc);
  report(out);
}

void Stage::endpoint(const std::string& endpoint_id, schema::EndpointState::Phase phase) {
  schema::AgentReport out;
  out.mutable_endpoint_state()->set_endpoint_id(endpoint_id);
  out.mutable_endpoint_state()->set_phase(phase);
  report(out);
}

void Stage::offer_to_receive(const std::string& name, uint64_t negotiation) {
  schema::AgentReport out;
  auto& description = *out.mutable_local_description();
  description.set_endpoint_id(participant(name).receive.endpoint_id);
  description.set_negotiation(negotiation);
  description.set_type("offer");
  description.set_sdp("v=0 pool");
  report(out);
}

void Stage::subscription(const std::string& receiver, const std::string& publisher, Source source,
                         schema::SubscriptionState::Phase phase, const std::string& codec) {
  schema::AgentReport out;
  auto& state = *out.mutable_subscription_state();
  state.set_subscription_id(participant(receiver).subscriptions.at({publisher, source}).id);
  state.set_phase(phase);
  state.set_mid("5");
  state.set_codec(codec);
  report(out);
}

void Stage::level(const std::string& name, bool speaking, uint32_t level) {
  schema::AgentReport out;
  auto& speaker = *out.mutable_speaker_level();
  speaker.set_track_id(track_id(name, Source::microphone));
  speaker.set_speaking(speaking);
  speaker.set_level(level);
  report(out);
}

void Stage::forget() {
  messages_.clear();
  requests_.clear();
  closes.clear();
  voided.clear();
  forgotten.clear();
  reissued.clear();
}

const Participant* Stage::find(const std::string& name) const {
  return conference.find(meeting.id, name);
}

MoveOutcome Stage::move(const std::string& name, const std::string& to_meeting) {
  Meeting to = meeting;
  to.id = to_meeting;
  const Move wish{conference.current_meeting(meeting.id, name), name, to, {}};
  const MoveOutcome outcome = conference.move(wish, now);
  take_outputs();
  return outcome;
}

MoveOutcome Stage::change_role(const std::string& name, signaling::Role role) {
  const MoveOutcome outcome =
      conference.move({conference.current_meeting(meeting.id, name), name, {}, role}, now);
  take_outputs();
  return outcome;
}

void Stage::take_outputs() {
  while (auto output = conference.poll_output()) {
    if (auto* send = std::get_if<Send>(&*output)) {
      for (const ConnectionId id : send->to) messages_[id].push_back(send->message);
    } else if (auto* close = std::get_if<Close>(&*output)) {
      closes.push_back(*close);
    } else if (auto* request = std::get_if<schema::AgentRequest>(&*output)) {
      requests_.push_back(*request);
    } else if (auto* gone = std::get_if<VoidParticipant>(&*output)) {
      voided.push_back(*gone);
    } else if (auto* reissue = std::get_if<Reissue>(&*output)) {
      reissued.push_back(*reissue);
    } else if (auto* over = std::get_if<ForgetMeeting>(&*output)) {
      forgotten.push_back(*over);
    } else if (auto* record = std::get_if<schema::JournalRecord>(&*output)) {
      if (record->value_case() == schema::JournalRecord::VALUE_NOT_SET) {
        journal.erase(record->key());
      } else {
        journal[record->key()] = *record;
      }
    }
  }
}

bool holds(const schema::AgentRequest& r, const schema::OpenEndpoint*& out) {
  if (r.has_open_endpoint()) out = &r.open_endpoint();
  return r.has_open_endpoint();
}
bool holds(const schema::AgentRequest& r, const schema::CloseEndpoint*& out) {
  if (r.has_close_endpoint()) out = &r.close_endpoint();
  return r.has_close_endpoint();
}
bool holds(const schema::AgentRequest& r, const schema::RemoteDescription*& out) {
  if (r.has_remote_description()) out = &r.remote_description();
  return r.has_remote_description();
}
bool holds(const schema::AgentRequest& r, const schema::Subscribe*& out) {
  if (r.has_subscribe()) out = &r.subscribe();
  return r.has_subscribe();
}
bool holds(const schema::AgentRequest& r, const schema::Unsubscribe*& out) {
  if (r.has_unsubscribe()) out = &r.unsubscribe();
  return r.has_unsubscribe();
}
bool holds(const schema::AgentRequest& r, const schema::SetTrackMuted*& out) {
  if (r.has_set_track_muted()) out = &r.set_track_muted();
  return r.has_set_track_muted();
}
bool holds(const schema::AgentRequest& r, const schema::RestartIce*& out) {
  if (r.has_restart_ice()) out = &r.restart_ice();
  return r.has_restart_ice();
}
bool holds(const schema::AgentRequest& r, const schema::EndOfRestore*& out) {
  if (r.has_end_of_restore()) out = &r.end_of_restore();
  return r.has_end_of_restore();
}

}  // namespace sluice::conference
