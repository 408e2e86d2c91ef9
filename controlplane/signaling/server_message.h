// What the server says over a WebSocket, typed (common/schema/signaling.md, server -> client).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controlplane/signaling/source.h"

namespace sluice::signaling {

enum class Phase : uint8_t { waiting, open, undecodable, refused, ended };
inline constexpr std::array<std::string_view, 5> phase_names = {"waiting", "open", "undecodable",
                                                                "refused", "ended"};
enum class TransportPhase : uint8_t { connected, silent, failed };
inline constexpr std::array<std::string_view, 3> transport_phase_names = {"connected", "silent",
                                                                          "failed"};
enum class Presence : uint8_t { connected, reconnecting };
inline constexpr std::array<std::string_view, 2> presence_names = {"connected", "reconnecting"};
enum class Departure : uint8_t { left, removed, lost, moved };
inline constexpr std::array<std::string_view, 4> departure_names = {"left", "removed", "lost",
                                                                    "moved"};

enum class ErrorCode : uint8_t {
  bad_request,
  unauthorized,
  forbidden,
  not_found,
  too_large,
  too_many,
  unavailable
};
inline constexpr std::array<std::string_view, 7> error_code_names = {
    "bad_request", "unauthorized", "forbidden",  "not_found",
    "too_large",   "too_many",     "unavailable"};

// RFC 6455 s7.4: 4000..4999 are private.
enum class CloseCode : uint16_t {
  normal = 1000,
  going_away = 1001,
  token_expired = 4001,
  replaced = 4002,
  protocol_error = 4003,
  removed = 4004,
};

struct TrackView {
  Source source = Source::microphone;
  bool muted = false;
  uint32_t csrc = 0;
  std::string codec;  // empty until the first packet
};
struct ParticipantView {
  std::string id;
  std::string name;
  Role role = Role::presenter;
  Presence state = Presence::connected;
  std::vector<TrackView> tracks;
};

struct Welcome {
  std::string participant_id;
  Role role = Role::presenter;
  bool resumed = false;
  std::string meeting_id;
  std::string meeting_name;
  std::vector<std::string> codecs;  // preferred first
  std::vector<ParticipantView> participants;
};
struct PublishAnswer {
  uint64_t negotiation = 0;
  std::string sdp;
};
struct ReceiveOffer {
  uint64_t negotiation = 0;
  std::string sdp;
  std::string transport_id;
};
struct Refused {
  uint64_t negotiation = 0;
  Transport transport = Transport::publish;
  std::string reason;
};
struct IceRestartWanted {
  Transport transport = Transport::publish;
};
struct Token {
  std::string participant_token;
  int64_t expires_in_s = 0;
  nlohmann::json ice_servers = nlohmann::json::array();  // IceServers' value
};
struct ErrorMessage {
  ErrorCode code = ErrorCode::bad_request;
  std::string message;
  std::string in_reply_to;  // empty = to nothing in particular
};

// Events.
struct UserJoined {
  ParticipantView participant;
};
struct UserLeft {
  std::string participant_id;
  Departure reason = Departure::left;
};
struct MuteChanged {
  std::string participant_id;
  Source source = Source::microphone;
  bool muted = false;
  std::string by;
};
struct ScreenshareStarted {
  std::string participant_id;
};
struct ScreenshareStopped {
  std::string participant_id;
};
struct TrackChanged {
  std::string participant_id;
  TrackView track;
  bool ended = false;
};
struct SubscriptionChanged {
  std::string participant_id;
  Source source = Source::microphone;
  Phase phase = Phase::waiting;
  std::string mid;
  std::string codec;
  std::string reason;
};
struct Speaking {
  std::string participant_id;
  bool speaking = false;
  uint32_t level = 127;  // RFC 6464: 0 loud .. 127 silent
};
struct StateChanged {
  std::string participant_id;
  Presence state = Presence::connected;
};
struct TransportChanged {
  Transport transport = Transport::publish;
  TransportPhase phase = TransportPhase::connected;
  std::string reason;
};
struct ChatSaid {
  std::string participant_id;
  std::string name;
  std::string text;
  int64_t at_unix_ms = 0;
};
struct CodecsChanged {
  std::vector<std::string> codecs;
};
struct Removed {
  std::string by;
};
struct RoleChanged {
  std::string participant_id;
  Role role = Role::presenter;
};

using ServerMessage =
    std::variant<Welcome, PublishAnswer, ReceiveOffer, Refused, IceRestartWanted, Token,
                 ErrorMessage, UserJoined, UserLeft, MuteChanged, ScreenshareStarted,
                 ScreenshareStopped, TrackChanged, SubscriptionChanged, Speaking, StateChanged,
                 TransportChanged, ChatSaid, CodecsChanged, Removed, RoleChanged>;

// One JSON object, UTF-8. Text that is not UTF-8 is replaced, never refused.
std::string write_server_message(const ServerMessage& message);

// RFC 3339 s5.6, UTC, milliseconds.
std::string to_rfc3339(int64_t unix_ms);

}  // namespace sluice::signaling
