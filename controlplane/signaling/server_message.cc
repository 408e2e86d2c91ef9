#include "controlplane/signaling/server_message.h"

#include <time.h>

#include <nlohmann/json.hpp>

namespace sluice::signaling {
namespace {

using nlohmann::json;

template <class Enum, std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

json object_of(const TrackView& t) {
  return {
      {"source", to_string(t.source)}, {"muted", t.muted}, {"csrc", t.csrc}, {"codec", t.codec}};
}

json object_of(const ParticipantView& p) {
  json tracks = json::array();
  for (const TrackView& t : p.tracks) tracks.push_back(object_of(t));
  return {{"id", p.id},
          {"name", p.name},
          {"role", to_string(p.role)},
          {"state", name_of(presence_names, p.state)},
          {"tracks", std::move(tracks)}};
}

json event(std::string_view name, json members) {
  members["type"] = "event";
  members["event"] = name;
  return members;
}

struct Writer {
  json operator()(const Welcome& m) const {
    json participants = json::array();
    for (const ParticipantView& p : m.participants) participants.push_back(object_of(p));
    return {{"type", "welcome"},
            {"version", 1},
            {"participant_id", m.participant_id},
            {"role", to_string(m.role)},
            {"resumed", m.resumed},
            {"meeting", {{"id", m.meeting_id}, {"name", m.meeting_name}}},
            {"codecs", m.codecs},
            {"participants", std::move(participants)}};
  }
  json operator()(const PublishAnswer& m) const {
    return {{"type", "publish_answer"}, {"negotiation", m.negotiation}, {"sdp", m.sdp}};
  }
  json operator()(const ReceiveOffer& m) const {
    return {{"type", "receive_offer"},
            {"negotiation", m.negotiation},
            {"sdp", m.sdp},
            {"transport_id", m.transport_id}};
  }
  json operator()(const Refused& m) const {
    return {{"type", "refused"},
            {"negotiation", m.negotiation},
            {"transport", to_string(m.transport)},
            {"reason", m.reason}};
  }
  json operator()(const IceRestartWanted& m) const {
    return {{"type", "restart_ice"}, {"transport", to_string(m.transport)}};
  }
  json operator()(const Token& m) const {
    return {{"type", "token"},
            {"participant_token", m.participant_token},
            {"expires_in_s", m.expires_in_s},
            {"ice_servers", m.ice_servers}};
  }
  json operator()(const ErrorMessage& m) const {
    json out = {
        {"type", "error"}, {"code", name_of(error_code_names, m.code)}, {"message", m.message}};
    if (!m.in_reply_to.empty()) out["in_reply_to"] = m.in_reply_to;
    return out;
  }
  json operator()(const UserJoined& m) const {
    return event("USER_JOINED", {{"participant", object_of(m.participant)}});
  }
  json operator()(const UserLeft& m) const {
    return event("USER_LEFT", {{"participant_id", m.participant_id},
                               {"reason", name_of(departure_names, m.reason)}});
  }
  json operator()(const MuteChanged& m) const {
    return event("MUTE_CHANGED", {{"participant_id", m.participant_id},
                                  {"source", to_string(m.source)},
                                  {"muted", m.muted},
                                  {"by", m.by}});
  }
  json operator()(const ScreenshareStarted& m) const {
    return event("SCREENSHARE_STARTED", {{"participant_id", m.participant_id}});
  }
  json operator()(const ScreenshareStopped& m) const {
    return event("SCREENSHARE_STOPPED", {{"participant_id", m.participant_id}});
  }
  json operator()(const TrackChanged& m) const {
    return event(
        "TRACK_CHANGED",
        {{"participant_id", m.participant_id}, {"track", object_of(m.track)}, {"ended", m.ended}});
  }
  json operator()(const SubscriptionChanged& m) const {
    return event("SUBSCRIPTION_CHANGED", {{"participant_id", m.participant_id},
                                          {"source", to_string(m.source)},
                                          {"phase", name_of(phase_names, m.phase)},
                                          {"mid", m.mid},
                                          {"codec", m.codec},
                                          {"reason", m.reason}});
  }
  json operator()(const Speaking& m) const {
    return event(
        "SPEAKING",
        {{"participant_id", m.participant_id}, {"speaking", m.speaking}, {"level", m.level}});
  }
  json operator()(const StateChanged& m) const {
    return event("STATE_CHANGED", {{"participant_id", m.participant_id},
                                   {"state", name_of(presence_names, m.state)}});
  }
  json operator()(const TransportChanged& m) const {
    return event("TRANSPORT_CHANGED", {{"transport", to_string(m.transport)},
                                       {"phase", name_of(transport_phase_names, m.phase)},
                                       {"reason", m.reason}});
  }
  json operator()(const ChatSaid& m) const {
    return event("CHAT", {{"participant_id", m.participant_id},
                          {"name", m.name},
                          {"text", m.text},
                          {"at", to_rfc3339(m.at_unix_ms)}});
  }
  json operator()(const CodecsChanged& m) const {
    return event("CODECS_CHANGED", {{"codecs", m.codecs}});
  }
  json operator()(const Removed& m) const { return event("REMOVED", {{"by", m.by}}); }
  json operator()(const RoleChanged& m) const {
    return event("ROLE_CHANGED",
                 {{"participant_id", m.participant_id}, {"role", to_string(m.role)}});
  }
};

}  // namespace

std::string write_server_message(const ServerMessage& message) {
  return std::visit(Writer{}, message).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_rfc3339(int64_t unix_ms) {
  const time_t seconds = static_cast<time_t>(unix_ms / 1'000);
  tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 24> date{};
  strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
  return date.data() + std::to_string(1'000 + unix_ms % 1'000).substr(1) + "Z";
}

}  // namespace sluice::signaling
