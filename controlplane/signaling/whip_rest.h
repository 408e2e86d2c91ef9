// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) over HTTP: which requests are right, and what
// they are answered.
//
//   POST   /v1/meetings/{id}/whip              an offer in, an answer out, a session made
//   PATCH  /v1/meetings/{id}/whip/{session}    candidates, or an ICE restart
//   DELETE /v1/meetings/{id}/whip/{session}    the end
//
// and the same with whep for those who play.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controlplane/signaling/http_message.h"
#include "controlplane/signaling/ice_servers.h"
#include "controlplane/signaling/server.h"
#include "controlplane/signaling/token.h"
#include "controlplane/signaling/whip_sessions.h"

namespace sluice::signaling {

struct WhipTarget {
  WhipKind kind = WhipKind::publish;
  std::string meeting_id;
  std::string session_id;  // empty = the endpoint, where sessions are made
};
// Nothing when the path is another.
std::optional<WhipTarget> parse_whip_path(std::string_view path);

class WhipRest {
 public:
  // What it is given outlives it.
  WhipRest(const TokenKey& tokens, const IceServers& ice_servers, conference::MeetingStore& store,
           const ConferenceLoop& loop, WhipSessions& sessions)
      : tokens_(tokens),
        ice_servers_(ice_servers),
        store_(store),
        loop_(loop),
        sessions_(sessions) {}

  void on_request(const HttpRequest& request, const WhipTarget& target,
                  const ServerUser::Reply& reply);

 private:
  void options(const HttpRequest& request, const WhipTarget& target,
               const ServerUser::Reply& reply);
  void post(const HttpRequest& request, const WhipTarget& target, const Claims& link,
            const ServerUser::Reply& reply);
  void start(const HttpRequest& request, WhipSessions::Start start, const ServerUser::Reply& reply);
  void patch(const HttpRequest& request, const WhipTarget& target, const ServerUser::Reply& reply);
  // Says which servers relay for this participant (RFC 9725 s4.6).
  void link_ice_servers(HttpResponse& response, std::string_view participant_id) const;

  const TokenKey& tokens_;
  const IceServers& ice_servers_;
  conference::MeetingStore& store_;
  const ConferenceLoop& loop_;
  WhipSessions& sessions_;
};

}  // namespace sluice::signaling
