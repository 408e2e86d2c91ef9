// ICE as a lite agent needs it (RFC 8445): credentials and candidates. Checks are answered by the
// workers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ip.h"

namespace sluice::proto {

inline constexpr std::size_t ice_ufrag_length = 8;  // RFC 8445 s5.3: at least 24 bits; these are 48
inline constexpr std::size_t ice_pwd_length = 32;   // at least 128 bits; these are 192
inline constexpr std::size_t ice_text_length_max = 256;

// RFC 8839 s5.1. `address` is text because peers may name mDNS hosts.
struct Candidate {
  std::string foundation;
  uint32_t component = 1;
  std::string transport = "udp";
  uint32_t priority = 0;
  std::string address;
  uint16_t port = 0;
  std::string type = "host";
  std::string tcp_type;  // RFC 6544 s4.5: "active", "passive", "so"; empty = not on TCP
  bool operator==(const Candidate&) const = default;
};

// One ice-char (RFC 8839 s5.4) per byte of `random`: uniform, 6 bits each.
std::string ice_text(std::span<const uint8_t> random);
// Only ice-chars, between `length_min` and 256 of them.
bool is_ice_text(std::string_view text, std::size_t length_min);

// RFC 8445 s5.1.2.1 for a host candidate of component 1, below whatever a client gives its own host
// and reflexive candidates. So ours decides about a pair before theirs does (s6.1.2.3).
uint32_t host_priority(uint16_t local_preference);
// The index-th of our addresses: earlier ones are preferred, and those of a later ICE generation
// (restarts so far) before all earlier ones: a client leaves a path that went dead for the first
// that works after the restart, whichever of its interfaces it liked better.
Candidate host_candidate(const SocketAddress& address, uint16_t index, uint32_t generation);

// The same on TCP, where we wait to be connected to (RFC 6544 s4): after all on UDP.
Candidate tcp_candidate(const SocketAddress& address, uint16_t index, uint32_t generation);

// The value of a=candidate, with or without "candidate:" in front; extensions but tcptype are
// ignored. Empty: malformed.
std::optional<Candidate> parse_candidate(std::string_view text);
// The value of a=candidate, without "candidate:".
std::string write_candidate(const Candidate& c);

}  // namespace sluice::proto
