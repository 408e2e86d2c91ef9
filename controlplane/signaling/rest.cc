#include "controlplane/signaling/rest.h"

#include <chrono>

#include "common/log/log.h"
#include "controlplane/conference/codec_set.h"
#include "controlplane/metrics/prometheus_text.h"
#include "controlplane/random_id.h"
#include "controlplane/signaling/host.h"
#include "controlplane/signaling/object_reader.h"
#include "controlplane/signaling/query.h"

namespace sluice::signaling {
namespace {

using nlohmann::json;

constexpr std::string_view meetings_path = "/v1/meetings";
constexpr std::size_t body_depth_max = 3;

HttpResponse json_response(unsigned status, const json& body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

HttpResponse method_not_allowed(const char* allowed) {
  HttpResponse response =
      error_response(ErrorCode::bad_request, std::string("this takes ") + allowed + " alone");
  response.status = 405;
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// "/v1/meetings/{id}/join" -> id; empty when the path is another.
std::string joined_meeting(std::string_view path) {
  constexpr std::string_view suffix = "/join";
  if (!path.starts_with(meetings_path) || !path.ends_with(suffix)) return {};
  path.remove_prefix(meetings_path.size());
  if (path.size() <= suffix.size() + 1 || path.front() != '/') return {};
  const std::string_view id = path.substr(1, path.size() - suffix.size() - 1);
  return id.find('/') == std::string_view::npos ? std::string(id) : std::string();
}

// The codecs of a new meeting: a part of the policy's. Errors name the member.
Result<conference::CodecNames> chosen_codecs(const std::vector<std::string>& wanted,
                                             const std::vector<std::string>& policy) {
  const conference::CodecNames allowed = conference::canonical_codecs(policy);
  if (wanted.empty()) return allowed;
  conference::CodecNames out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto codec = conference::canonical_codec(wanted[i]);
    if (!codec || std::find(allowed.begin(), allowed.end(), *codec) == allowed.end()) {
      return Error{"codecs." + std::to_string(i) + ": not one that this server offers"};
    }
    out.push_back(*codec);
  }
  out = conference::canonical_codecs(out);
  // A meeting without a voice is nobody's wish: naming only video codecs leaves audio as it is.
  if (std::find(out.begin(), out.end(), "opus") == out.end()) {
    for (const std::string& codec : allowed) {
      if (codec == "opus") out.push_back(codec);
    }
  }
  return out;
}

}  // namespace

void Rest::on_request(const HttpRequest& request, const ServerUser::Reply& reply) {
  if (request.path == meetings_path) {
    if (request.method != "POST") return reply(method_not_allowed("POST"));
    return create_meeting(request, reply);
  }
  if (const auto target = parse_whip_path(request.path)) {
    return whip_.on_request(request, *target, reply);
  }
  if (const auto target = parse_move_path(request.path)) {
    return moves_.on_request(request, *target, reply);
  }
  if (request.method != "GET") return reply(method_not_allowed("GET"));
  if (const std::string id = joined_meeting(request.path); !id.empty()) {
    return join(request, id, reply);
  }
  if (request.path == "/healthz") return reply(health());
  if (request.path == "/metrics") return reply(metrics(request));
  if (request.path == signaling_path) {
    return reply(error_response(ErrorCode::bad_request, "this is a WebSocket"));
  }
  if (request.path.starts_with("/v1/")) {
    return reply(error_response(ErrorCode::not_found, "no such call"));
  }
  reply(parts_.files.serve(request));
}

std::string Rest::base_url(const HttpRequest& request) const {
  std::string url = parts_.config.control.public_url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  if (!url.empty()) return url;
  if (!is_plain_host(request.host)) return {};
  return (request.is_tls ? "https://" : "http://") + request.host;
}

void Rest::create_meeting(const HttpRequest& request, const ServerUser::Reply& reply) {
  if (!parts_.api_keys.allows(request.bearer)) {
    return reply(error_response(ErrorCode::unauthorized, "creating a meeting needs an API key"));
  }
  const auto parsed =
      parse_object(request.body.empty() ? "{}" : request.body, message_bytes_max, body_depth_max);
  if (!parsed) {
    return reply(error_response(ErrorCode::bad_request, "body: " + parsed.error().message));
  }
  ObjectReader in(*parsed);
  std::string name;
  std::vector<std::string> wanted;
  if (in.has("name")) name = in.text("name", 0, meeting_name_characters_max);
  if (in.has("codecs")) wanted = in.texts("codecs", codecs_max, codec_characters_max);
  if (!in.ok()) return reply(error_response(ErrorCode::bad_request, in.fault()));
  const auto codecs = chosen_codecs(wanted, parts_.config.control.codecs);
  if (!codecs) return reply(error_response(ErrorCode::bad_request, codecs.error().message));
  if (base_url(request).empty()) {
    return reply(error_response(ErrorCode::bad_request, "the Host header names no host"));
  }

  conference::Meeting meeting;
  meeting.id = random_id();
  meeting.name = display_text(name, meeting_name_characters_max).value_or("");
  meeting.codecs = *codecs;
  meeting.created_unix_ms = ConferenceLoop::now().unix_ms;
  parts_.store.create(meeting, [this, request, meeting, reply](Status done) {
    if (!done) return reply(error_response(ErrorCode::too_many, done.error().message));
    log::info("conference", "meeting made", {{"meeting", meeting.id}});
    parts_.loop.on_meeting(meeting);
    reply(created(request, meeting));
  });
}

HttpResponse Rest::created(const HttpRequest& request, const conference::Meeting& meeting) const {
  Claims claims;
  claims.kind = TokenKind::join;
  claims.meeting = meeting.id;
  claims.issued_unix_s = ConferenceLoop::now().unix_ms / 1'000;
  claims.expires_unix_s = claims.issued_unix_s + link_lifetime_s;
  claims.role = Role::presenter;
  const std::string join_token = parts_.tokens.issue(claims);
  claims.role = Role::host;
  const std::string host_token = parts_.tokens.issue(claims);
  claims.role = Role::attendee;
  const std::string attendee_token = parts_.tokens.issue(claims);
  const std::string page = base_url(request) + "/m/" + meeting.id + "#t=";
  return json_response(201, {{"meeting_id", meeting.id},
                             {"join_token", join_token},
                             {"host_token", host_token},
                             {"attendee_token", attendee_token},
                             {"join_url", page + join_token},
                             {"host_url", page + host_token},
                             {"attendee_url", page + attendee_token}});
}

void Rest::join(const HttpRequest& request, const std::string& meeting_id,
                const ServerUser::Reply& reply) {
  const auto link =
      parts_.tokens.check(request.bearer, TokenKind::join, ConferenceLoop::now().unix_ms / 1'000);
  if (!link) return reply(error_response(ErrorCode::unauthorized, link.error().message));
  if (link->meeting != meeting_id) {
    return reply(error_response(ErrorCode::forbidden, "the token is for another meeting"));
  }
  const auto name = display_name(request.query);
  if (!name) return reply(error_response(ErrorCode::bad_request, name.error().message));
  if (base_url(request).empty()) {
    return reply(error_response(ErrorCode::bad_request, "the Host header names no host"));
  }
  parts_.store.find(meeting_id, [this, request, link = *link, name = *name,
                                 reply](const Result<std::optional<conference::Meeting>>& found) {
    if (!found) return reply(error_response(ErrorCode::unavailable, found.error().message));
    if (!*found) return reply(error_response(ErrorCode::not_found, "the meeting is over"));
    reply(admit(request, link, name));
  });
}

HttpResponse Rest::admit(const HttpRequest& request, const Claims& link,
                         const std::string& name) const {
  if (parts_.loop.conference().is_full(link.meeting)) {
    return error_response(ErrorCode::too_many, "the meeting is full");
  }
  Claims claims;
  claims.kind = TokenKind::participant;
  claims.meeting = link.meeting;
  claims.participant = random_id();
  claims.name = name;
  claims.role = link.role;
  claims.issued_unix_s = ConferenceLoop::now().unix_ms / 1'000;
  claims.expires_unix_s = claims.issued_unix_s + parts_.config.control.token_lifetime_s;
  const json ice_servers =
      parts_.ice_servers.for_participant(claims.participant, claims.issued_unix_s);
  std::string url = base_url(request);
  if (url.starts_with("http")) url.replace(0, 4, "ws");
  return json_response(200, {{"participant_id", claims.participant},
                             {"participant_token", parts_.tokens.issue(claims)},
                             {"expires_in_s", parts_.config.control.token_lifetime_s},
                             {"signaling_url", url + std::string(signaling_path)},
                             {"media_node", parts_.config.instance},
                             {"ice_servers", ice_servers}});
}

HttpResponse Rest::health() const {
  const schema::NodeState& node = parts_.loop.conference().node();
  const bool ready = node.dataplane_ready();
  json dataplane = {{"ready", ready}};
  if (!ready) dataplane["reason"] = node.reason().empty() ? "not seen yet" : node.reason();
  return json_response(ready ? 200 : 503, {{"status", ready ? "ok" : "unavailable"},
                                           {"control", {{"ready", true}}},
                                           {"dataplane", std::move(dataplane)}});
}

HttpResponse Rest::metrics(const HttpRequest& request) const {
  if (!parts_.metrics_networks.contains(request.remote)) {
    return error_response(ErrorCode::forbidden, "metrics are for the configured networks alone");
  }
  HttpResponse response;
  response.content_type = metrics::prometheus_content_type;
  response.body = parts_.metrics_text();
  return response;
}

}  // namespace sluice::signaling
