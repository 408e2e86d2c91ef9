// POST /v1/meetings/{id}/participants/{participant_id}/move: to another meeting, to another role.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controlplane/conference_loop.h"
#include "controlplane/signaling/api_keys.h"
#include "controlplane/signaling/http_message.h"
#include "controlplane/signaling/server.h"
#include "controlplane/signaling/token.h"

namespace sluice::signaling {

struct MoveTarget {
  std::string meeting_id;
  std::string participant_id;
};
// Nothing when the path is another.
std::optional<MoveTarget> parse_move_path(std::string_view path);

class MoveRest {
 public:
  // What it is given outlives it.
  MoveRest(const TokenKey& tokens, const ApiKeys& api_keys, conference::MeetingStore& store,
           ConferenceLoop& loop)
      : tokens_(tokens), api_keys_(api_keys), store_(store), loop_(loop) {}

  void on_request(const HttpRequest& request, const MoveTarget& target,
                  const ServerUser::Reply& reply);

 private:
  // Nothing when the bearer may, or the refusal.
  std::optional<HttpResponse> refusal(const HttpRequest& request, const MoveTarget& target,
                                      bool to_another_meeting) const;
  HttpResponse move(const conference::Move& wish);

  const TokenKey& tokens_;
  const ApiKeys& api_keys_;
  conference::MeetingStore& store_;
  ConferenceLoop& loop_;
};

}  // namespace sluice::signaling
