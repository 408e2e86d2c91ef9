// The HTTP calls of common/schema/signaling.md: meetings, joining, health, metrics, and the web
// client's files. WHIP and WHEP are whip_rest.h, moves move_rest.h.
#pragma once

#include <functional>
#include <string>

#include "common/config/config.h"
#include "controlplane/conference_loop.h"
#include "controlplane/metrics/networks.h"
#include "controlplane/signaling/api_keys.h"
#include "controlplane/signaling/ice_servers.h"
#include "controlplane/signaling/move_rest.h"
#include "controlplane/signaling/server.h"
#include "controlplane/signaling/static_files.h"
#include "controlplane/signaling/token.h"
#include "controlplane/signaling/whip_rest.h"

namespace sluice::signaling {

inline constexpr std::string_view signaling_path = "/v1/signaling";
inline constexpr std::size_t meeting_name_characters_max = 128;

class Rest {
 public:
  struct Parts {
    const config::Config& config;
    const TokenKey& tokens;
    const ApiKeys& api_keys;
    const IceServers& ice_servers;
    const StaticFiles& files;
    const metrics::Networks& metrics_networks;
    conference::MeetingStore& store;
    ConferenceLoop& loop;
    WhipSessions& whip_sessions;
    std::function<std::string()> metrics_text;
  };
  explicit Rest(Parts parts)
      : parts_(std::move(parts)),
        moves_(parts_.tokens, parts_.api_keys, parts_.store, parts_.loop),
        whip_(parts_.tokens, parts_.ice_servers, parts_.store, parts_.loop, parts_.whip_sessions) {}

  void on_request(const HttpRequest& request, const ServerUser::Reply& reply);

 private:
  void create_meeting(const HttpRequest& request, const ServerUser::Reply& reply);
  void join(const HttpRequest& request, const std::string& meeting_id,
            const ServerUser::Reply& reply);
  HttpResponse admit(const HttpRequest& request, const Claims& link, const std::string& name) const;
  HttpResponse created(const HttpRequest& request, const conference::Meeting& meeting) const;
  HttpResponse health() const;
  HttpResponse metrics(const HttpRequest& request) const;
  // "https://host", without a slash at the end; empty when the request names no usable host.
  std::string base_url(const HttpRequest& request) const;

  Parts parts_;
  MoveRest moves_;
  WhipRest whip_;
};

}  // namespace sluice::signaling
