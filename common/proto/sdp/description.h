// A session description (RFC 8866) as WebRTC uses it (RFC 8829, 8843, 8853): what was said, in
// types.
//
// Attributes Sluice has no use for are not kept. What RFC 8866 lets stand at session level (ice,
// dtls, direction) is copied into every m-section that says nothing of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/proto/ice.h"

namespace sluice::proto::sdp {

// How much a description may hold: it comes from strangers.
struct Limits {
  std::size_t bytes_max = 64 * 1'024;
  std::size_t media_max = 64;
  std::size_t lines_per_section_max = 512;
};

enum class Direction : uint8_t { unspecified, inactive, sendonly, recvonly, sendrecv };
enum class Setup : uint8_t { unspecified, actpass, active, passive, holdconn };  // RFC 4145 s4

constexpr bool sends(Direction d) {
  return d == Direction::sendonly || d == Direction::sendrecv;
}
constexpr bool receives(Direction d) {
  return d == Direction::recvonly || d == Direction::sendrecv;
}

// One RTP payload type with all that is said of it.
struct Payload {
  uint8_t type = 0;
  std::string name;  // of the rtpmap; empty for a static type without one
  uint32_t clock_rate = 0;
  uint32_t channels = 1;
  std::string fmtp;
  std::vector<std::string> feedback;  // rtcp-fb values
  bool operator==(const Payload&) const = default;
};

struct Extension {  // RFC 8285 s5
  uint8_t id = 0;
  Direction direction = Direction::unspecified;
  std::string uri;
  bool operator==(const Extension&) const = default;
};

struct Fingerprint {      // RFC 8122 s5
  std::string algorithm;  // lower case
  std::vector<uint8_t> digest;
  bool operator==(const Fingerprint&) const = default;
};

struct Msid {          // RFC 8830
  std::string stream;  // "-" = none
  std::string track;
  bool operator==(const Msid&) const = default;
};

struct Rid {  // RFC 8851
  std::string id;
  bool send = false;
  std::vector<std::pair<std::string, std::string>> restrictions;
  bool operator==(const Rid&) const = default;
};

struct Source {  // RFC 5576 s4.1
  uint32_t ssrc = 0;
  std::string cname;
  bool operator==(const Source&) const = default;
};

struct SourceGroup {  // RFC 5576 s4.2
  std::string semantics;
  std::vector<uint32_t> ssrcs;
  bool operator==(const SourceGroup&) const = default;
};

struct Media {
  std::string kind;  // "audio", "video", "application"
  uint16_t port = 9;
  std::string protocol = "UDP/TLS/RTP/SAVPF";
  std::vector<Payload> payloads;     // of an RTP protocol, preferred first
  std::vector<std::string> formats;  // of any other protocol
  std::string mid;
  Direction direction = Direction::unspecified;
  bool bundle_only = false;
  bool rtcp_mux = false;
  bool rtcp_reduced_size = false;
  bool extmap_allow_mixed = false;
  std::string ice_ufrag;
  std::string ice_pwd;
  std::vector<Fingerprint> fingerprints;
  Setup setup = Setup::unspecified;
  std::vector<Extension> extensions;
  std::vector<Msid> msids;
  std::vector<Rid> rids;
  // RFC 8853: the first alternative of each stream, without the paused mark.
  std::vector<std::string> simulcast_send;
  std::vector<std::string> simulcast_recv;
  std::vector<Source> sources;
  std::vector<SourceGroup> source_groups;
  std::vector<Candidate> candidates;
  bool end_of_candidates = false;
  bool operator==(const Media&) const = default;

  // RFC 3264 s6, RFC 8843 s6: port zero without bundle-only.
  bool rejected() const { return port == 0 && !bundle_only; }
  bool is_rtp() const { return protocol.find("RTP/") != std::string::npos; }
  const Extension* find_extension(std::string_view uri) const;
};

struct Description {
  std::string session_id = "0";
  uint64_t version = 1;
  bool ice_lite = false;
  bool extmap_allow_mixed = false;
  std::vector<std::vector<std::string>> bundles;  // mids of each a=group:BUNDLE
  std::vector<Media> media;
  bool operator==(const Description&) const = default;
};

// Errors name the line: "line 12: a=extmap: malformed".
Result<Description> parse_description(std::string_view text, const Limits& limits = {});
// CRLF lines. Every text member was checked by the parser or made by us: no line breaks.
std::string write_description(const Description& d);

// The value of one parameter of an fmtp text ("a=1;b=2"), or empty.
std::string_view fmtp_parameter(std::string_view fmtp, std::string_view name);

std::string_view name_of(Direction d);
std::string_view name_of(Setup s);

}  // namespace sluice::proto::sdp
