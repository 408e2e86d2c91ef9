#include "controlplane/signaling/gateway.h"

#include <utility>

namespace sluice::signaling {
namespace {

constexpr std::string_view protocol_name = "sluice.v1";
constexpr std::string_view token_prefix = "token.";

ServerUser::Upgrade refused(ErrorCode code, std::string_view message) {
  ServerUser::Upgrade upgrade;
  upgrade.refusal = error_response(code, message);
  return upgrade;
}

}  // namespace

OfferedProtocols parse_protocols(std::string_view header) {
  OfferedProtocols out;
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view item = header.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (item == protocol_name) out.speaks_v1 = true;
    if (item.starts_with(token_prefix)) out.token = item.substr(token_prefix.size());
    if (comma == std::string_view::npos) break;
    header.remove_prefix(comma + 1);
  }
  return out;
}

Gateway::Gateway(const config::Config& config, const TokenKey& tokens,
                 const IceServers& ice_servers, conference::MeetingStore& store,
                 ConferenceLoop& loop, Rest& rest)
    : config_(config),
      tokens_(tokens),
      ice_servers_(ice_servers),
      store_(store),
      loop_(loop),
      rest_(rest) {}

void Gateway::on_request(HttpRequest request, Reply reply) {
  rest_.on_request(request, reply);
}

void Gateway::on_upgrade(HttpRequest request, UpgradeReply reply) {
  if (request.path != signaling_path) {
    return reply(refused(ErrorCode::not_found, "no WebSocket here"));
  }
  const OfferedProtocols offered = parse_protocols(request.websocket_protocols);
  if (!offered.speaks_v1) {
    return reply(refused(ErrorCode::bad_request, "the subprotocol is sluice.v1"));
  }
  auto claims =
      tokens_.check(offered.token, TokenKind::participant, ConferenceLoop::now().unix_ms / 1'000);
  if (!claims) return reply(refused(ErrorCode::unauthorized, claims.error().message));
  store_.find(claims->meeting, [this, claims = *claims,
                                reply](const Result<std::optional<conference::Meeting>>& found) {
    on_meeting_found(claims, found, reply);
  });
}

void Gateway::on_meeting_found(const Claims& claims,
                               const Result<std::optional<conference::Meeting>>& found,
                               const UpgradeReply& reply) {
  if (!found) return reply(refused(ErrorCode::unavailable, found.error().message));
  if (!*found) return reply(refused(ErrorCode::unauthorized, "the meeting is over"));
  const conference::Meeting& meeting = **found;
  if (meeting.voided.contains(claims.participant)) {
    return reply(refused(ErrorCode::unauthorized, "the token is void"));
  }
  Upgrade upgrade;
  upgrade.protocol = protocol_name;
  upgrade.on_open = [this, claims, meeting](WebSocketId id) {
    open_[id] = claims;
    loop_.on_connected(id, {claims.participant, claims.name, claims.role}, meeting,
                       claims.expires_unix_s);
  };
  reply(std::move(upgrade));
}

void Gateway::on_text(WebSocketId id, std::string_view text) {
  const auto message = parse_client_message(text);
  if (!message) {
    const MessageFault& fault = message.error();
    return answer(id, ErrorMessage{ErrorCode::bad_request, fault.message, fault.in_reply_to});
  }
  if (std::holds_alternative<RenewToken>(*message)) {
    if (const auto at = open_.find(id); at != open_.end()) renew_token(id, at->second);
    return;
  }
  loop_.on_message(id, *message);
}

void Gateway::reissue(const conference::Reissue& wish) {
  const auto at = open_.find(wish.connection);
  if (at == open_.end()) return;
  at->second.meeting = wish.meeting_id;
  at->second.role = wish.role;
  renew_token(wish.connection, at->second);
}

void Gateway::renew_token(WebSocketId id, Claims& claims) {
  claims.issued_unix_s = ConferenceLoop::now().unix_ms / 1'000;
  claims.expires_unix_s = claims.issued_unix_s + config_.control.token_lifetime_s;
  claims.token_id.clear();  // a token of its own
  loop_.on_token_renewed(id, claims.expires_unix_s);
  answer(id, Token{tokens_.issue(claims), config_.control.token_lifetime_s,
                   ice_servers_.for_participant(claims.participant, claims.issued_unix_s)});
}

void Gateway::answer(WebSocketId id, const ServerMessage& message) {
  server_->send(id, std::make_shared<const std::string>(write_server_message(message)));
}

void Gateway::on_closed(WebSocketId id) {
  open_.erase(id);
  loop_.on_disconnected(id);
}

}  // namespace sluice::signaling
