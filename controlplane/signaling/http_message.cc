#include "controlplane/signaling/http_message.h"

#include <nlohmann/json.hpp>

namespace sluice::signaling {
namespace {

unsigned status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_request:
      return 400;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::too_many:
      return 429;
    case ErrorCode::unavailable:
      return 503;
  }
  return 500;
}

}  // namespace

HttpResponse error_response(ErrorCode code, std::string_view message) {
  const nlohmann::json body = {
      {"error",
       {{"code", error_code_names[static_cast<std::size_t>(code)]}, {"message", message}}}};
  HttpResponse response;
  response.status = status_of(code);
  response.content_type = "application/json";
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.headers.emplace_back("Cache-Control", "no-store");
  // RFC 6750 s3: says how to authenticate.
  if (code == ErrorCode::unauthorized) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace sluice::signaling
