#include "controlplane/signaling/whip_rest.h"

#include <utility>

#include "common/proto/sdp/fragment.h"
#include "common/proto/sdp/scan.h"
#include "controlplane/random_id.h"
#include "controlplane/signaling/query.h"
#include "controlplane/signaling/whip_offer.h"

namespace sluice::signaling {
namespace {

using proto::sdp::equals_ignoring_case;

constexpr std::string_view sdp_type = "application/sdp";
constexpr std::string_view fragment_type = "application/trickle-ice-sdpfrag";

constexpr unsigned method_not_allowed = 405;
constexpr unsigned not_acceptable = 406;
constexpr unsigned precondition_failed = 412;
constexpr unsigned unsupported_media_type = 415;
constexpr unsigned unprocessable_content = 422;
constexpr unsigned precondition_required = 428;

const char* methods_of(const WhipTarget& target) {
  return target.session_id.empty() ? "POST, OPTIONS" : "PATCH, DELETE, OPTIONS";
}

HttpResponse fault(unsigned status, std::string_view message) {
  HttpResponse response = error_response(ErrorCode::bad_request, message);
  response.status = status;
  return response;
}

HttpResponse response_to(const WhipFault& f) {
  return f.is_offer ? fault(unprocessable_content, f.message) : error_response(f.code, f.message);
}

// The part of a header's value before its parameters.
std::string_view without_parameters(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return value;
}

bool is_type(std::string_view header, std::string_view type) {
  return equals_ignoring_case(without_parameters(header), type);
}

// RFC 9110 s12.5.1. Weights matter only between types, and there is one.
bool accepts(std::string_view header, std::string_view type) {
  if (header.empty()) return true;
  while (!header.empty()) {
    const std::string_view range = without_parameters(proto::sdp::take_until(header, ','));
    if (range == "*/*" || equals_ignoring_case(range, "application/*")) return true;
    if (equals_ignoring_case(range, type)) return true;
  }
  return false;
}

// RFC 9725 s4.7: pages of any origin may ask, for a token is what lets in.
void allow_other_origins(HttpResponse& response, const WhipTarget& target) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Allow-Methods", methods_of(target));
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, If-Match");
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "Location, ETag, Accept-Patch, Accept-Post, Link");
}

void say_what_is_taken(HttpResponse& response, const WhipTarget& target) {
  const bool is_endpoint = target.session_id.empty();
  response.headers.emplace_back(is_endpoint ? "Accept-Post" : "Accept-Patch",
                                is_endpoint ? sdp_type : fragment_type);
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

int64_t unix_s() {
  return ConferenceLoop::now().unix_ms / 1'000;
}

HttpResponse created(const std::string& endpoint_path, const WhipAnswer& answer) {
  HttpResponse response;
  response.status = 201;
  response.content_type = sdp_type;
  response.body = answer.sdp;
  response.headers.emplace_back("Location", endpoint_path + "/" + answer.session_id);
  response.headers.emplace_back("ETag", answer.etag);
  response.headers.emplace_back("Accept-Patch", fragment_type);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

HttpResponse restarted(const WhipAnswer& answer) {
  const auto parsed = proto::sdp::parse_description(answer.sdp);
  if (!parsed) return error_response(ErrorCode::unavailable, "the answer cannot be read");
  HttpResponse response;
  response.content_type = fragment_type;
  response.body = proto::sdp::write_fragment(*parsed);
  response.headers.emplace_back("ETag", answer.etag);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::optional<WhipTarget> parse_whip_path(std::string_view path) {
  constexpr std::string_view meetings = "/v1/meetings/";
  if (!path.starts_with(meetings)) return std::nullopt;
  path.remove_prefix(meetings.size());
  const std::string_view meeting = proto::sdp::take_until(path, '/');
  const bool has_session = path.find('/') != std::string_view::npos;
  const std::string_view call = proto::sdp::take_until(path, '/');
  if (meeting.empty() || (call != "whip" && call != "whep")) return std::nullopt;
  if (has_session && (path.empty() || path.find('/') != std::string_view::npos)) {
    return std::nullopt;
  }
  const WhipKind kind = call == "whip" ? WhipKind::publish : WhipKind::play;
  return WhipTarget{kind, std::string(meeting), std::string(path)};
}

void WhipRest::on_request(const HttpRequest& request, const WhipTarget& target,
                          const ServerUser::Reply& to) {
  const ServerUser::Reply reply = [to, target](HttpResponse response) {
    allow_other_origins(response, target);
    to(std::move(response));
  };
  if (request.method == "OPTIONS") return options(request, target, reply);
  const bool is_endpoint = target.session_id.empty();
  const bool known = is_endpoint ? request.method == "POST"
                                 : request.method == "PATCH" || request.method == "DELETE";
  if (!known) {
    HttpResponse response =
        fault(method_not_allowed, std::string("this takes ") + methods_of(target) + " alone");
    response.headers.emplace_back("Allow", methods_of(target));
    return reply(std::move(response));
  }
  const auto link = tokens_.check(request.bearer, TokenKind::join, unix_s());
  if (!link) return reply(error_response(ErrorCode::unauthorized, link.error().message));
  if (link->meeting != target.meeting_id) {
    return reply(error_response(ErrorCode::forbidden, "the token is for another meeting"));
  }
  if (is_endpoint) return post(request, target, *link, reply);
  const auto session = sessions_.find(target.session_id);
  if (!session || session->meeting_id != target.meeting_id || session->kind != target.kind) {
    return reply(error_response(ErrorCode::not_found, "no such session"));
  }
  if (request.method == "PATCH") return patch(request, target, reply);
  sessions_.end(target.session_id);
  HttpResponse ended;
  ended.headers.emplace_back("Cache-Control", "no-store");
  reply(std::move(ended));
}

// A browser asks before it sends its token, and learns what is taken. A client whose ICE agent
// needs its servers before it makes an offer asks with its token (RFC 9725 s4.6).
void WhipRest::options(const HttpRequest& request, const WhipTarget& target,
                       const ServerUser::Reply& reply) {
  HttpResponse response = no_content();
  say_what_is_taken(response, target);
  const auto link = tokens_.check(request.bearer, TokenKind::join, unix_s());
  const bool may_begin = link && link->meeting == target.meeting_id &&
                         (target.kind == WhipKind::play || link->role >= Role::presenter);
  if (!may_begin) return reply(std::move(response));
  response.headers.emplace_back("Cache-Control", "no-store");
  store_.find(target.meeting_id,
              [this, response, reply](const Result<std::optional<conference::Meeting>>& found) {
                HttpResponse complete = response;
                if (found && *found) link_ice_servers(complete, random_id());
                reply(std::move(complete));
              });
}

void WhipRest::link_ice_servers(HttpResponse& response, std::string_view participant_id) const {
  for (std::string& link : ice_servers_.links_for(participant_id, unix_s())) {
    response.headers.emplace_back("Link", std::move(link));
  }
}

void WhipRest::post(const HttpRequest& request, const WhipTarget& target, const Claims& link,
                    const ServerUser::Reply& reply) {
  if (!is_type(request.content_type, sdp_type)) {
    HttpResponse response = fault(unsupported_media_type, "Content-Type: must be application/sdp");
    say_what_is_taken(response, target);
    return reply(std::move(response));
  }
  if (!accepts(request.accept, sdp_type)) {
    return reply(fault(not_acceptable, "Accept: the answer is application/sdp"));
  }
  if (target.kind == WhipKind::publish && link.role < Role::presenter) {
    return reply(error_response(ErrorCode::forbidden, "an attendee sends nothing"));
  }
  // Before the offer is looked at, which costs much more.
  if (!sessions_.admit(request.remote)) {
    return reply(error_response(ErrorCode::too_many, too_many_waiting));
  }
  const auto name = display_name(request.query);
  if (!name) return reply(error_response(ErrorCode::bad_request, name.error().message));
  const auto offer = proto::sdp::parse_description(request.body);
  if (!offer) return reply(error_response(ErrorCode::bad_request, offer.error().message));
  WhipSessions::Start start;
  start.kind = target.kind;
  start.identity = {random_id(), *name, link.role};
  start.offer = request.body;
  if (const Status s = start.read(*offer); !s) {
    return reply(fault(unprocessable_content, s.error().message));
  }
  start.participant_id = query_value(request.query, "participant").value_or("");
  start.from = request.remote;
  store_.find(target.meeting_id, [this, request, start,
                                  reply](const Result<std::optional<conference::Meeting>>& found) {
    if (!found) return reply(error_response(ErrorCode::unavailable, found.error().message));
    if (!*found) return reply(error_response(ErrorCode::not_found, "the meeting is over"));
    WhipSessions::Start complete = start;
    complete.meeting = **found;
    this->start(request, std::move(complete), reply);
  });
}

void WhipRest::start(const HttpRequest& request, WhipSessions::Start start,
                     const ServerUser::Reply& reply) {
  if (!loop_.conference().node().dataplane_ready()) {
    return reply(error_response(ErrorCode::unavailable, "the media node is not ready"));
  }
  sessions_.start(start, [this, path = request.path, participant_id = start.identity.participant_id,
                          reply](const WhipSessions::Outcome& outcome) {
    if (!outcome) return reply(response_to(outcome.error()));
    HttpResponse response = created(path, *outcome);
    link_ice_servers(response, participant_id);
    reply(std::move(response));
  });
}

// RFC 9725 s4.3.1: the entity-tag names the ICE session that a fragment is about; "*" is for a
// restart, which ends it.
void WhipRest::patch(const HttpRequest& request, const WhipTarget& target,
                     const ServerUser::Reply& reply) {
  if (!is_type(request.content_type, fragment_type)) {
    HttpResponse response =
        fault(unsupported_media_type, "Content-Type: must be application/trickle-ice-sdpfrag");
    say_what_is_taken(response, target);
    return reply(std::move(response));
  }
  const WhipSessions::View session = *sessions_.find(target.session_id);
  if (request.if_match.empty()) {
    return reply(fault(precondition_required, "If-Match: must name the ICE session, or be *"));
  }
  const bool any = request.if_match == "*";
  if (!any && request.if_match != session.etag) {
    return reply(fault(precondition_failed, "If-Match: not the present ICE session"));
  }
  const auto fragment = proto::sdp::parse_fragment(request.body);
  if (!fragment) return reply(error_response(ErrorCode::bad_request, fragment.error().message));
  const bool same_ufrag = fragment->ice_ufrag == session.ice_ufrag;
  const bool same_pwd = digest_of_password(fragment->ice_pwd) == session.ice_pwd_digest;
  // A lite agent learns addresses from checks: the candidates need only be well formed.
  if (fragment->ice_ufrag.empty() || (same_ufrag && same_pwd)) return reply(no_content());
  if (!any) {
    return reply(fault(precondition_failed,
                       "If-Match: other credentials are a restart, which "
                       "needs *"));
  }
  // RFC 8445 s9: both change. The agent would take one alone for no restart.
  if (same_ufrag || same_pwd) {
    return reply(error_response(ErrorCode::bad_request,
                                "a restart changes a=ice-ufrag and a=ice-pwd, both"));
  }
  sessions_.restart_ice(target.session_id, fragment->ice_ufrag, fragment->ice_pwd,
                        [reply](const WhipSessions::Outcome& outcome) {
                          reply(outcome ? restarted(*outcome) : response_to(outcome.error()));
                        });
}

}  // namespace sluice::signaling
