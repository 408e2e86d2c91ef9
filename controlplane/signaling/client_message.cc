#include "controlplane/signaling/client_message.h"

#include <array>
#include <optional>

#include "controlplane/signaling/object_reader.h"

namespace sluice::signaling {
namespace {

using nlohmann::json;

// Bounded by the message already.
constexpr std::size_t sdp_characters_max = message_bytes_max;

ClientMessage read_hello(ObjectReader& in) {
  in.number("version", protocol_version, protocol_version);
  Hello m;
  m.decode = in.texts("decode", codecs_max, codec_characters_max);
  if (in.has("resume")) m.resume = in.boolean("resume");
  return m;
}

ClientMessage read_publish_offer(ObjectReader& in) {
  PublishOffer m;
  m.negotiation = in.number("negotiation", 1, negotiation_max);
  m.sdp = in.text("sdp", 1, sdp_characters_max);
  const json* sources = in.object("sources", sources_max);
  if (sources == nullptr) return m;
  ObjectReader inner(*sources, "sources");
  for (const auto& [mid, name] : sources->items()) {
    if (mid.empty() || character_count(mid) > mid_characters_max) {
      in.refuse("sources",
                "a mid must have 1 to " + std::to_string(mid_characters_max) + " characters");
      return m;
    }
    m.sources.emplace(mid, inner.word<Source>(mid.c_str(), source_names));
  }
  in.adopt(inner);
  return m;
}

ClientMessage read_receive_answer(ObjectReader& in) {
  ReceiveAnswer m;
  m.negotiation = in.number("negotiation", 1, negotiation_max);
  m.sdp = in.text("sdp", 1, sdp_characters_max);
  if (in.has("transport_id")) m.transport_id = in.text("transport_id", 0, id_characters_max);
  return m;
}

ClientMessage read_candidate(ObjectReader& in) {
  Candidate m;
  m.transport = in.word<Transport>("transport", transport_names);
  m.candidate = in.text("candidate", 0, candidate_characters_max);
  if (in.has("mid")) m.mid = in.text("mid", 0, mid_characters_max);
  return m;
}

ClientMessage read_restart_ice(ObjectReader& in) {
  return RestartIce{in.word<Transport>("transport", transport_names)};
}

ClientMessage read_mute(ObjectReader& in) {
  Mute m;
  m.source = in.word<Source>("source", source_names);
  m.muted = in.boolean("muted");
  return m;
}

ClientMessage read_view(ObjectReader& in) {
  View m;
  const json* tiles = in.array("tiles", tiles_max);
  if (tiles == nullptr) return m;
  for (const json& item : *tiles) {
    ObjectReader inner(item, "tiles." + std::to_string(m.tiles.size()));
    Tile tile;
    tile.participant_id = inner.text("participant_id", 1, id_characters_max);
    tile.source = inner.word<Source>("source", source_names);
    if (inner.ok() && inner.has("encoding_cap")) {
      tile.encoding_cap = static_cast<uint8_t>(inner.number("encoding_cap", 0, encoding_cap_all));
    }
    in.adopt(inner);
    if (!in.ok()) return m;
    m.tiles.push_back(std::move(tile));
  }
  return m;
}

ClientMessage read_host_mute(ObjectReader& in) {
  HostMute m;
  m.participant_id = in.text("participant_id", 1, id_characters_max);
  m.source = in.word<Source>("source", source_names);
  return m;
}

ClientMessage read_host_remove(ObjectReader& in) {
  return HostRemove{in.text("participant_id", 1, id_characters_max)};
}

ClientMessage read_chat(ObjectReader& in) {
  return Chat{in.text("text", 1, chat_characters_max)};
}
ClientMessage read_renew_token(ObjectReader&) {
  return RenewToken{};
}
ClientMessage read_leave(ObjectReader&) {
  return Leave{};
}

struct MessageType {
  std::string_view name;
  ClientMessage (*read)(ObjectReader&);  // null = no message of a WebSocket
};

// In the order of ClientMessage.
constexpr std::array<MessageType, std::variant_size_v<ClientMessage>> message_types = {{
    {"hello", read_hello},
    {"publish_offer", read_publish_offer},
    {"receive_answer", read_receive_answer},
    {"candidate", read_candidate},
    {"restart_ice", read_restart_ice},
    {"mute", read_mute},
    {"view", read_view},
    {"host_mute", read_host_mute},
    {"host_remove", read_host_remove},
    {"chat", read_chat},
    {"renew_token", read_renew_token},
    {"leave", read_leave},
    {"play_offer", nullptr},
}};

}  // namespace

std::string_view type_name(const ClientMessage& message) {
  return message_types[message.index()].name;
}

Result<ClientMessage, MessageFault> parse_client_message(std::string_view text) {
  const auto parsed = parse_object(text, message_bytes_max, message_depth_max);
  if (!parsed) return MessageFault{parsed.error().message, {}};
  ObjectReader in(*parsed);
  const std::string name = in.text("type", 1, id_characters_max);
  if (!in.ok()) return MessageFault{in.fault(), {}};
  for (const MessageType& type : message_types) {
    if (type.read == nullptr || type.name != name) continue;
    ClientMessage message = type.read(in);
    if (!in.ok()) return MessageFault{in.fault(), name};
    return message;
  }
  return MessageFault{"type: no such message", {}};
}

}  // namespace sluice::signaling
