// An HTTP request and its answer, free of any library's types.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ip.h"
#include "controlplane/signaling/server_message.h"

namespace sluice::signaling {

struct HttpRequest {
  std::string method;
  std::string path;   // as sent, without the query
  std::string query;  // as sent, without '?'
  std::string host;
  std::string bearer;        // of Authorization: Bearer; empty = none
  std::string content_type;  // this and what follows: as sent
  std::string accept;
  std::string if_match;
  std::string if_none_match;
  std::string websocket_protocols;  // Sec-WebSocket-Protocol
  std::string body;
  bool is_tls = false;
  IpAddress remote;  // IPv4 also when it came as an IPv4-mapped IPv6 address
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// {"error": {"code", "message"}} with the code's status.
HttpResponse error_response(ErrorCode code, std::string_view message);

}  // namespace sluice::signaling
