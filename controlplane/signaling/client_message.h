// What a client may say over its WebSocket, typed (common/schema/signaling.md, client -> server).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"
#include "controlplane/signaling/source.h"

namespace sluice::signaling {

inline constexpr std::size_t message_bytes_max = 512 * 1'024;
inline constexpr std::size_t message_depth_max = 8;
inline constexpr std::size_t id_characters_max = 64;
inline constexpr std::size_t mid_characters_max = 32;
inline constexpr std::size_t candidate_characters_max = 1'024;
inline constexpr std::size_t chat_characters_max = 4'000;
inline constexpr std::size_t codecs_max = 32;
inline constexpr std::size_t codec_characters_max = 32;
inline constexpr std::size_t sources_max = 64;
inline constexpr std::size_t tiles_max = 256;
inline constexpr uint64_t negotiation_max = (1ULL << 53) - 1;  // what a JSON number holds exactly
inline constexpr uint8_t encoding_cap_all = 255;
inline constexpr uint64_t protocol_version = 1;

struct Hello {
  std::vector<std::string> decode;  // encoding names, preferred first
  bool resume = true;
  bool shown_with_media = false;  // others hear of it when its media is up; never sent
};
struct PublishOffer {
  uint64_t negotiation = 0;
  std::string sdp;
  std::map<std::string, Source> sources;  // by mid
};
struct ReceiveAnswer {
  uint64_t negotiation = 0;
  std::string sdp;
  std::string transport_id;  // empty = the current one
};
// Of a client that offers to receive one audio and one video stream (WHEP). Answered like a
// publish_offer. Said by what speaks for it; no message of a WebSocket.
struct PlayOffer {
  uint64_t negotiation = 0;
  std::string sdp;
  std::vector<std::string> decode;  // encoding names, preferred first
  std::string participant_id;       // whom it wants to watch; empty = whoever publishes
};
struct Candidate {
  Transport transport = Transport::publish;
  std::string candidate;
  std::string mid;
};
struct RestartIce {
  Transport transport = Transport::receive;
};
struct Mute {
  Source source = Source::microphone;
  bool muted = false;
};
struct Tile {
  std::string participant_id;
  Source source = Source::camera;
  uint8_t encoding_cap = encoding_cap_all;
};
struct View {
  std::vector<Tile> tiles;
};
struct HostMute {
  std::string participant_id;
  Source source = Source::microphone;
};
struct HostRemove {
  std::string participant_id;
};
struct Chat {
  std::string text;
};
struct RenewToken {};
struct Leave {
  bool lost = false;  // said for a client whose media has gone, by what speaks for it; never sent
};

using ClientMessage = std::variant<Hello, PublishOffer, ReceiveAnswer, Candidate, RestartIce, Mute,
                                   View, HostMute, HostRemove, Chat, RenewToken, Leave, PlayOffer>;

// The protocol's name of a message's type.
std::string_view type_name(const ClientMessage& message);

// Why a message was refused.
struct MessageFault {
  std::string
      message;  // one line, begins with the member at fault: "sources.0: must be one of ..."
  std::string in_reply_to;  // the message's type where it could be read
};

// Untrusted bytes: at most message_bytes_max, nested at most message_depth_max. Members that the
// protocol does not know are ignored.
Result<ClientMessage, MessageFault> parse_client_message(std::string_view text);

}  // namespace sluice::signaling
