#include "controlplane/signaling/move_rest.h"

#include <nlohmann/json.hpp>

#include "common/log/log.h"
#include "controlplane/signaling/client_message.h"
#include "controlplane/signaling/object_reader.h"

namespace sluice::signaling {
namespace {

constexpr std::size_t body_depth_max = 2;

std::string_view take_segment(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return segment;
}

struct Wish {
  std::string meeting_id;  // empty = stays
  std::optional<Role> role;
};

Result<Wish> parse_wish(const std::string& body) {
  const auto parsed = parse_object(body, message_bytes_max, body_depth_max);
  if (!parsed) return Error{"body: " + parsed.error().message};
  ObjectReader in(*parsed);
  Wish wish;
  if (in.has("meeting_id")) wish.meeting_id = in.text("meeting_id", 1, id_characters_max);
  if (in.has("role")) wish.role = in.word<Role>("role", role_names);
  if (!in.ok()) return Error{in.fault()};
  if (wish.meeting_id.empty() && !wish.role) return Error{"needs meeting_id, role or both"};
  return wish;
}

}  // namespace

std::optional<MoveTarget> parse_move_path(std::string_view path) {
  constexpr std::string_view meetings = "/v1/meetings/";
  if (!path.starts_with(meetings)) return std::nullopt;
  path.remove_prefix(meetings.size());
  MoveTarget target;
  target.meeting_id = take_segment(path);
  if (take_segment(path) != "participants") return std::nullopt;
  target.participant_id = take_segment(path);
  if (path != "move" || target.meeting_id.empty() || target.participant_id.empty()) {
    return std::nullopt;
  }
  return target;
}

void MoveRest::on_request(const HttpRequest& request, const MoveTarget& target,
                          const ServerUser::Reply& reply) {
  if (request.method != "POST") {
    HttpResponse response = error_response(ErrorCode::bad_request, "this takes POST alone");
    response.status = 405;
    response.headers.emplace_back("Allow", "POST");
    return reply(std::move(response));
  }
  const auto wish = parse_wish(request.body);
  const bool goes_elsewhere = wish && !wish->meeting_id.empty();
  if (auto refused = refusal(request, target, goes_elsewhere)) return reply(std::move(*refused));
  if (!wish) return reply(error_response(ErrorCode::bad_request, wish.error().message));
  conference::Move move{target.meeting_id, target.participant_id, {}, wish->role};
  if (!goes_elsewhere) return reply(this->move(move));
  store_.find(wish->meeting_id,
              [this, move, reply](const Result<std::optional<conference::Meeting>>& found) {
                if (!found) {
                  return reply(error_response(ErrorCode::unavailable, found.error().message));
                }
                if (!*found) {
                  return reply(error_response(ErrorCode::not_found, "meeting_id: no such meeting"));
                }
                conference::Move complete = move;
                complete.to = **found;
                reply(this->move(complete));
              });
}

std::optional<HttpResponse> MoveRest::refusal(const HttpRequest& request, const MoveTarget& target,
                                              bool to_another_meeting) const {
  if (api_keys_.allows(request.bearer)) return std::nullopt;
  const auto link =
      tokens_.check(request.bearer, TokenKind::join, ConferenceLoop::now().unix_ms / 1'000);
  if (!link) {
    return error_response(ErrorCode::unauthorized, "moving needs an API key or a host token");
  }
  if (link->meeting != target.meeting_id) {
    return error_response(ErrorCode::forbidden, "the token is for another meeting");
  }
  if (link->role != Role::host) {
    return error_response(ErrorCode::forbidden, "only a host may do this");
  }
  if (to_another_meeting) {
    return error_response(ErrorCode::forbidden, "moving to another meeting needs an API key");
  }
  return std::nullopt;
}

HttpResponse MoveRest::move(const conference::Move& wish) {
  switch (loop_.move(wish)) {
    case conference::MoveOutcome::nobody:
      return error_response(ErrorCode::not_found, "nobody of that name is in the meeting");
    case conference::MoveOutcome::full:
      return error_response(ErrorCode::too_many, "meeting_id: the meeting is full");
    case conference::MoveOutcome::done:
      break;
  }
  const std::string& meeting_id = wish.to ? wish.to->id : wish.meeting_id;
  const auto* moved = loop_.conference().find(meeting_id, wish.participant_id);
  if (moved == nullptr) return error_response(ErrorCode::not_found, "the participant has left");
  log::info("conference", "participant moved", {{"from", wish.meeting_id}, {"to", meeting_id}});
  HttpResponse response;
  response.content_type = "application/json";
  response.body = nlohmann::json({{"participant_id", wish.participant_id},
                                  {"meeting_id", meeting_id},
                                  {"role", to_string(moved->identity.role)}})
                      .dump();
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace sluice::signaling
