// Between the server's sockets and the conference: checks tokens at the door, turns text into
// messages.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controlplane/conference_loop.h"
#include "controlplane/signaling/rest.h"
#include "controlplane/signaling/server.h"
#include "controlplane/signaling/token.h"

namespace sluice::signaling {

// What Sec-WebSocket-Protocol offers: "sluice.v1, token.{participant_token}".
struct OfferedProtocols {
  bool speaks_v1 = false;
  std::string token;
};
OfferedProtocols parse_protocols(std::string_view header);

class Gateway final : public ServerUser {
 public:
  // What it is given outlives it.
  Gateway(const config::Config& config, const TokenKey& tokens, const IceServers& ice_servers,
          conference::MeetingStore& store, ConferenceLoop& loop, Rest& rest);
  // Where answers go that are not the conference's.
  void attach(Server& server) { server_ = &server; }

  void on_request(HttpRequest request, Reply reply) override;
  void on_upgrade(HttpRequest request, UpgradeReply reply) override;
  void on_text(WebSocketId id, std::string_view text) override;
  void on_closed(WebSocketId id) override;
  // The client gets a token that fits where it is now.
  void reissue(const conference::Reissue& wish);

 private:
  void on_meeting_found(const Claims& claims,
                        const Result<std::optional<conference::Meeting>>& found,
                        const UpgradeReply& reply);
  void renew_token(WebSocketId id, Claims& claims);
  void answer(WebSocketId id, const ServerMessage& message);

  const config::Config& config_;
  const TokenKey& tokens_;
  const IceServers& ice_servers_;
  conference::MeetingStore& store_;
  ConferenceLoop& loop_;
  Rest& rest_;
  Server* server_ = nullptr;
  std::map<WebSocketId, Claims> open_;
};

}  // namespace sluice::signaling
