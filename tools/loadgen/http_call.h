// One HTTP request over its own connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "tools/loadgen/url.h"

namespace sluice::loadgen {

class Connector;

struct HttpRequest {
  std::string method = "GET";
  std::string path;
  std::string bearer;
  std::string body;  // JSON
};

// The body of a 2xx answer; else an error with the server's own words.
using HttpAnswer = Result<std::string>;

void call_http(Connector& connector, const Url& server, const HttpRequest& request,
               std::function<void(HttpAnswer)> on_answer);

}  // namespace sluice::loadgen
