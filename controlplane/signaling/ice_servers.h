// The TURN servers that clients are told of, each with a credential that ends by itself
// (draft-uberti-behave-turn-rest-00, as coturn's use-auth-secret takes it): nothing has to be
// registered at the server, and what leaks is void within the lifetime.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"

namespace sluice::signaling {

inline constexpr std::size_t turn_secret_characters_min = 16;

class IceServers {
 public:
  IceServers() = default;  // none
  // Errors: the secret's file cannot be read, or what it holds is too short.
  static Result<IceServers> load(const config::Turn& turn);

  // The value of `iceServers` for this participant (RTCConfiguration of W3C WebRTC s4.2.1).
  nlohmann::json for_participant(std::string_view participant_id, int64_t now_unix_s) const;
  // The same for those who speak HTTP: the value of a Link header per server (RFC 9725 s4.6).
  std::vector<std::string> links_for(std::string_view participant_id, int64_t now_unix_s) const;

 private:
  struct Credential {
    std::string username;
    std::string password;
  };
  Credential credential_of(std::string_view participant_id, int64_t now_unix_s) const;

  config::Turn turn_;
  std::string secret_;
};

}  // namespace sluice::signaling
