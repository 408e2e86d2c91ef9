#include "tools/loadgen/url.h"

#include <charconv>

namespace sluice::loadgen {
namespace {

constexpr std::string_view meeting_path = "/m/";

Error fault(std::string_view text, std::string_view why) {
  return Error{"'" + std::string(text) + "': " + std::string(why) +
               "; it looks like http://host:port, https://host or a meeting link"};
}

uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port(tls) ? name : name + ":" + std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  std::string_view rest = text;
  Url url;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) return fault(text, "no http:// or https:// in front");
  const std::string_view scheme = rest.substr(0, scheme_end);
  url.tls = scheme == "https" || scheme == "wss";
  if (!url.tls && scheme != "http" && scheme != "ws") return fault(text, "unknown scheme");
  rest.remove_prefix(scheme_end + 3);
  if (const std::size_t at = rest.find('#'); at != std::string_view::npos) {
    url.fragment = rest.substr(at + 1);
    rest = rest.substr(0, at);
  }
  const std::size_t path_at = rest.find_first_of("/?");
  if (path_at != std::string_view::npos) {
    url.path = rest.substr(path_at);
    if (url.path[0] == '?') url.path.insert(0, 1, '/');
    rest = rest.substr(0, path_at);
  }
  // RFC 3986 s3.2.2: an IPv6 address stands in brackets.
  const std::size_t bracket = rest.find(']');
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = rest.substr(0, colon);
  if (url.host.size() > 2 && url.host.front() == '[') {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) return fault(text, "no host");
  url.port = default_port(url.tls);
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || url.port == 0) {
      return fault(text, "no port from 1 to 65535 behind the colon");
    }
  }
  return url;
}

Invitation invitation_of(const Url& url) {
  Invitation out;
  if (url.path.starts_with(meeting_path)) out.meeting_id = url.path.substr(meeting_path.size());
  if (url.fragment.starts_with("t=")) out.join_token = url.fragment.substr(2);
  if (url.fragment.starts_with("key=")) out.api_key = url.fragment.substr(4);
  return out;
}

}  // namespace sluice::loadgen
