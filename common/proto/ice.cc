#include "common/proto/ice.h"

#include <algorithm>

#include "common/base/assert.h"
#include "common/proto/sdp/scan.h"

namespace sluice::proto {
namespace {

constexpr std::string_view ice_chars =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(ice_chars.size() == 64);

// Deviation: 126 is recommended for host candidates; peer-reflexive ones of clients have 110.
constexpr uint32_t host_preference = 64;
constexpr uint32_t tcp_preference = 32;

// RFC 8445 s5.1.2.1, of component 1.
uint32_t priority(uint32_t type_preference, uint32_t local_preference) {
  constexpr uint32_t component = 1;
  return (type_preference << 24) | (local_preference << 8) | (256 - component);
}

constexpr uint32_t addresses_max = 64;  // of one generation: 8 ports of 4 addresses, and then some

// At most `rank_max`: of a later generation more than of all earlier ones.
uint32_t rank(uint16_t index, uint32_t generation, uint32_t rank_max) {
  SLUICE_ASSERT(index < addresses_max);
  const uint32_t generation_max = rank_max / addresses_max;
  return std::min(generation, generation_max) * addresses_max + addresses_max - 1 - index;
}

Candidate candidate(const SocketAddress& address, uint16_t index) {
  Candidate c;
  // RFC 8445 s5.1.1.3: candidates with different bases have different foundations.
  c.foundation = std::to_string(index + 1);
  c.address = to_string(address.ip);
  c.port = address.port;
  return c;
}

}  // namespace

std::string ice_text(std::span<const uint8_t> random) {
  std::string text;
  text.reserve(random.size());
  for (const uint8_t byte : random) text.push_back(ice_chars[byte & 63]);
  return text;
}

bool is_ice_text(std::string_view text, std::size_t length_min) {
  return text.size() >= length_min && text.size() <= ice_text_length_max &&
         text.find_first_not_of(ice_chars) == std::string_view::npos;
}

uint32_t host_priority(uint16_t local_preference) {
  return priority(host_preference, local_preference);
}

Candidate host_candidate(const SocketAddress& address, uint16_t index, uint32_t generation) {
  Candidate c = candidate(address, index);
  c.priority = host_priority(static_cast<uint16_t>(rank(index, generation, UINT16_MAX)));
  return c;
}

Candidate tcp_candidate(const SocketAddress& address, uint16_t index, uint32_t generation) {
  // RFC 6544 s4.2: 13 bits for what is left to us, above them the direction.
  constexpr uint32_t other_preference_max = 8'191;
  constexpr uint32_t passive_preference = 4;
  Candidate c = candidate(address, index);
  c.transport = "tcp";
  c.tcp_type = "passive";
  c.priority = priority(tcp_preference, passive_preference * (other_preference_max + 1) +
                                            rank(index, generation, other_preference_max));
  return c;
}

std::optional<Candidate> parse_candidate(std::string_view text) {
  constexpr std::string_view prefix = "candidate:";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  Candidate c;
  const std::string_view foundation = sdp::take_token(text);
  const auto component = sdp::parse_number(sdp::take_token(text), 256);
  const std::string_view transport = sdp::take_token(text);
  const auto priority = sdp::parse_number(sdp::take_token(text), UINT32_MAX);
  const std::string_view address = sdp::take_token(text);
  const auto port = sdp::parse_number(sdp::take_token(text), 65'535);
  const bool has_type = sdp::take_token(text) == "typ";
  const std::string_view type = sdp::take_token(text);
  if (!is_ice_text(foundation, 1) || foundation.size() > 32 || !component || *component == 0 ||
      transport.empty() || !priority || address.empty() || address.size() > 255 || !port ||
      !has_type || type.empty()) {
    return std::nullopt;
  }
  c.foundation = foundation;
  c.component = static_cast<uint32_t>(*component);
  c.transport = transport;
  c.priority = static_cast<uint32_t>(*priority);
  c.address = address;
  c.port = static_cast<uint16_t>(*port);
  c.type = type;
  while (!text.empty()) {  // extensions: a name, a value
    const std::string_view name = sdp::take_token(text);
    const std::string_view value = sdp::take_token(text);
    if (name == "tcptype" && is_ice_text(value, 1)) c.tcp_type = value;
  }
  return c;
}

std::string write_candidate(const Candidate& c) {
  std::string out = c.foundation;
  out += ' ';
  out += std::to_string(c.component);
  out += ' ';
  out += c.transport;
  out += ' ';
  out += std::to_string(c.priority);
  out += ' ';
  out += c.address;
  out += ' ';
  out += std::to_string(c.port);
  out += " typ ";
  out += c.type;
  if (!c.tcp_type.empty()) out += " tcptype " + c.tcp_type;
  return out;
}

}  // namespace sluice::proto
