#include "common/proto/sdp/attributes.h"

#include <algorithm>

#include "common/proto/sdp/scan.h"

namespace sluice::proto::sdp {
namespace {

constexpr std::size_t feedback_max = 16;  // of one payload type; browsers send five

Payload* find_payload(Media& m, std::string_view type) {
  const auto number = parse_number(type, 127);
  if (!number) return nullptr;
  const auto at = std::find_if(m.payloads.begin(), m.payloads.end(),
                               [&](const Payload& p) { return p.type == *number; });
  return at == m.payloads.end() ? nullptr : &*at;
}

// RFC 8866 s6.6: <payload type> <encoding name>/<clock rate>[/<channels>]
bool take_rtpmap(std::string_view value, Media& m) {
  const std::string_view type = take_token(value);
  if (!parse_number(type, 127)) return false;
  std::string_view encoding = take_token(value);
  const std::string_view name = take_until(encoding, '/');
  const auto rate = parse_number(take_until(encoding, '/'), 10'000'000);
  const auto channels = encoding.empty() ? uint64_t{1} : parse_number(encoding, 255).value_or(0);
  if (!is_token(name) || !rate || *rate == 0 || channels == 0) return false;
  if (Payload* p = find_payload(m, type)) {
    p->name = name;
    p->clock_rate = static_cast<uint32_t>(*rate);
    p->channels = static_cast<uint32_t>(channels);
  }
  return true;
}

bool take_fmtp(std::string_view value, Media& m) {
  const std::string_view type = take_token(value);
  if (Payload* p = find_payload(m, type)) p->fmtp = value;
  return is_token(type);
}

// RFC 4585 s4.2: the payload type may be "*".
bool take_rtcp_fb(std::string_view value, Media& m) {
  const std::string_view type = take_token(value);
  if (value.empty()) return false;
  const bool all = type == "*";
  if (!all && !parse_number(type, 127)) return false;
  for (Payload& p : m.payloads) {
    if (!all && &p != find_payload(m, type)) continue;
    if (p.feedback.size() == feedback_max) return false;
    p.feedback.emplace_back(value);
  }
  return true;
}

Direction direction_of(std::string_view text) {
  for (const Direction d :
       {Direction::inactive, Direction::sendonly, Direction::recvonly, Direction::sendrecv}) {
    if (text == name_of(d)) return d;
  }
  return Direction::unspecified;
}

// RFC 8285 s5: <id>["/"<direction>] <URI> [<attributes>]
bool take_extmap(std::string_view value, Media& m) {
  std::string_view head = take_token(value);
  const std::string_view uri = take_token(value);
  // Identifiers 4096..4351 mark alternatives in an offer; nobody offers them, and they cannot be
  // used as they are.
  const auto id = parse_number(take_until(head, '/'), 4'351);
  const Direction direction = direction_of(head);
  if (!id || *id == 0 || uri.empty()) return false;
  if (!head.empty() && direction == Direction::unspecified) return false;
  if (*id <= 255) m.extensions.push_back({static_cast<uint8_t>(*id), direction, std::string(uri)});
  return true;
}

bool take_setup(std::string_view value, Media& m) {
  for (const Setup s : {Setup::actpass, Setup::active, Setup::passive, Setup::holdconn}) {
    if (value == name_of(s)) {
      m.setup = s;
      return true;
    }
  }
  return false;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// RFC 8122 s5: <hash function> 2HEX *(":" 2HEX)
bool take_fingerprint(std::string_view value, Media& m) {
  Fingerprint f;
  for (const char c : take_token(value)) {
    f.algorithm.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  std::string_view hex = take_token(value);
  constexpr std::size_t digest_max = 64;
  while (!hex.empty()) {
    const std::string_view byte = take_until(hex, ':');
    if (byte.size() != 2 || hex_value(byte[0]) < 0 || hex_value(byte[1]) < 0) return false;
    if (f.digest.size() == digest_max) return false;
    f.digest.push_back(static_cast<uint8_t>(hex_value(byte[0]) * 16 + hex_value(byte[1])));
  }
  if (!is_token(f.algorithm) || f.digest.empty()) return false;
  m.fingerprints.push_back(std::move(f));
  return true;
}

bool take_msid(std::string_view value, Media& m) {
  const std::string_view stream = take_token(value);
  const std::string_view track = take_token(value);
  if (stream.empty()) return false;
  m.msids.push_back({std::string(stream), std::string(track)});
  return true;
}

// RFC 8852 s3 allows letters and digits; "-" and "_" are met and harmless.
bool is_rid(std::string_view text) {
  return is_token(text) && text.find_first_of(";,~=*") == std::string_view::npos;
}

// RFC 8851 s10: <id> send|recv [pt=...;]<name>=<value>;...
bool take_rid(std::string_view value, Media& m) {
  Rid r;
  const std::string_view id = take_token(value);
  const std::string_view direction = take_token(value);
  if (!is_rid(id) || (direction != "send" && direction != "recv")) return false;
  r.id = id;
  r.send = direction == "send";
  while (!value.empty()) {
    std::string_view restriction = take_until(value, ';');
    const std::string_view name = take_until(restriction, '=');
    if (!is_token(name)) return false;
    r.restrictions.emplace_back(name, restriction);
  }
  m.rids.push_back(std::move(r));
  return true;
}

// RFC 8853 s5.1: ("send" | "recv") <stream>;<stream>..., each a list of alternatives by ","
bool take_simulcast(std::string_view value, Media& m) {
  std::vector<std::string> send;
  std::vector<std::string> recv;
  while (!value.empty()) {
    const std::string_view direction = take_token(value);
    std::string_view streams = take_token(value);
    std::vector<std::string>& into = direction == "send" ? send : recv;
    if ((direction != "send" && direction != "recv") || streams.empty() || !into.empty()) {
      return false;
    }
    while (!streams.empty()) {
      std::string_view alternatives = take_until(streams, ';');
      std::string_view first = take_until(alternatives, ',');
      if (first.starts_with('~')) first.remove_prefix(1);
      if (!is_rid(first)) return false;
      into.emplace_back(first);
    }
  }
  m.simulcast_send = std::move(send);
  m.simulcast_recv = std::move(recv);
  return !m.simulcast_send.empty() || !m.simulcast_recv.empty();
}

// RFC 5576 s4.1: <ssrc> <attribute>[:<value>]
bool take_ssrc(std::string_view value, Media& m) {
  const auto ssrc = parse_number(take_token(value), UINT32_MAX);
  const std::string_view name = take_until(value, ':');
  if (!ssrc || name.empty()) return false;
  auto at = std::find_if(m.sources.begin(), m.sources.end(),
                         [&](const Source& s) { return s.ssrc == *ssrc; });
  if (at == m.sources.end()) {
    at = m.sources.insert(m.sources.end(), {static_cast<uint32_t>(*ssrc), ""});
  }
  if (name == "cname") at->cname = value;
  return true;
}

bool take_ssrc_group(std::string_view value, Media& m) {
  SourceGroup g;
  g.semantics = take_token(value);
  while (!value.empty()) {
    const auto ssrc = parse_number(take_token(value), UINT32_MAX);
    if (!ssrc) return false;
    g.ssrcs.push_back(static_cast<uint32_t>(*ssrc));
  }
  if (!is_token(g.semantics) || g.ssrcs.empty()) return false;
  m.source_groups.push_back(std::move(g));
  return true;
}

// A candidate we cannot read is of no use and no harm: a lite agent does not check candidates.
bool take_candidate(std::string_view value, Media& m) {
  if (auto c = parse_candidate(value)) m.candidates.push_back(std::move(*c));
  return true;
}

bool take_mid(std::string_view value, Media& m) {
  m.mid = value;
  return is_token(value);
}

bool take_ufrag(std::string_view value, Media& m) {
  m.ice_ufrag = value;
  return is_ice_text(value, 4);
}

bool take_pwd(std::string_view value, Media& m) {
  m.ice_pwd = value;
  return is_ice_text(value, 22);
}

template <Direction d>
bool take_direction(std::string_view, Media& m) {
  m.direction = d;
  return true;
}

template <bool Media::*flag>
bool take_flag(std::string_view, Media& m) {
  m.*flag = true;
  return true;
}

struct Entry {
  std::string_view name;
  bool (*take)(std::string_view value, Media& m);
};
constexpr Entry entries[] = {
    {"rtpmap", take_rtpmap},
    {"fmtp", take_fmtp},
    {"rtcp-fb", take_rtcp_fb},
    {"extmap", take_extmap},
    {"ssrc", take_ssrc},
    {"ssrc-group", take_ssrc_group},
    {"candidate", take_candidate},
    {"mid", take_mid},
    {"msid", take_msid},
    {"setup", take_setup},
    {"ice-ufrag", take_ufrag},
    {"ice-pwd", take_pwd},
    {"fingerprint", take_fingerprint},
    {"rid", take_rid},
    {"simulcast", take_simulcast},
    {"sendrecv", take_direction<Direction::sendrecv>},
    {"sendonly", take_direction<Direction::sendonly>},
    {"recvonly", take_direction<Direction::recvonly>},
    {"inactive", take_direction<Direction::inactive>},
    {"rtcp-mux", take_flag<&Media::rtcp_mux>},
    {"rtcp-rsize", take_flag<&Media::rtcp_reduced_size>},
    {"bundle-only", take_flag<&Media::bundle_only>},
    {"extmap-allow-mixed", take_flag<&Media::extmap_allow_mixed>},
    {"end-of-candidates", take_flag<&Media::end_of_candidates>},
};

}  // namespace

Taken take_attribute(std::string_view name, std::string_view value, Media& m) {
  for (const Entry& e : entries) {
    if (e.name == name) return e.take(value, m) ? Taken::yes : Taken::malformed;
  }
  return Taken::unknown;
}

}  // namespace sluice::proto::sdp
