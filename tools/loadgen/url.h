// Where the server is: http://host:port, https://host, ws://host/path, and Sluice's own links.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace sluice::loadgen {

struct Url {
  bool tls = false;
  std::string host;
  uint16_t port = 80;
  std::string path = "/";  // with its query
  std::string fragment;    // without '#'

  // As a Host header says it: the port only where it is not the scheme's own.
  std::string authority() const;
};

// Errors name the text and what would be right.
Result<Url> parse_url(std::string_view text);

// What a link of the web client invites to; the members it does not have are empty.
//   /m/{meeting_id}#t={token}      /#key={api_key}
struct Invitation {
  std::string meeting_id;
  std::string join_token;
  std::string api_key;
};
Invitation invitation_of(const Url& url);

}  // namespace sluice::loadgen
