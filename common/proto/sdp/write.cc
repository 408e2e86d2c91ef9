#include "common/proto/sdp/description.h"

namespace sluice::proto::sdp {
namespace {

// Appends one line from its parts.
template <class... Parts>
void line(std::string& out, const Parts&... parts) {
  (out.append(parts), ...);
  out.append("\r\n");
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out.append(separator);
    out.append(item);
  }
  return out;
}

std::string hex_of(const std::vector<uint8_t>& digest) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const uint8_t byte : digest) {
    if (!out.empty()) out.push_back(':');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

void write_candidates(std::string& out, const Media& m) {
  for (const Candidate& c : m.candidates) line(out, "a=candidate:", write_candidate(c));
  if (m.end_of_candidates) line(out, "a=end-of-candidates");
}

void write_credentials(std::string& out, const Media& m) {
  if (!m.ice_ufrag.empty()) line(out, "a=ice-ufrag:", m.ice_ufrag);
  if (!m.ice_pwd.empty()) line(out, "a=ice-pwd:", m.ice_pwd);
  for (const Fingerprint& f : m.fingerprints) {
    line(out, "a=fingerprint:", f.algorithm, " ", hex_of(f.digest));
  }
  if (m.setup != Setup::unspecified) line(out, "a=setup:", name_of(m.setup));
}

void write_payloads(std::string& out, const Media& m) {
  for (const Payload& p : m.payloads) {
    const std::string type = std::to_string(p.type);
    if (!p.name.empty()) {
      line(out, "a=rtpmap:", type, " ", p.name, "/", std::to_string(p.clock_rate),
           p.channels > 1 ? "/" + std::to_string(p.channels) : "");
    }
    for (const std::string& f : p.feedback) line(out, "a=rtcp-fb:", type, " ", f);
    if (!p.fmtp.empty()) line(out, "a=fmtp:", type, " ", p.fmtp);
  }
}

void write_rids(std::string& out, const Media& m) {
  for (const Rid& r : m.rids) {
    std::string restrictions;
    for (const auto& [name, value] : r.restrictions) {
      restrictions += restrictions.empty() ? " " : ";";
      restrictions += name;
      if (!value.empty()) restrictions += "=" + value;
    }
    line(out, "a=rid:", r.id, r.send ? " send" : " recv", restrictions);
  }
  if (m.simulcast_send.empty() && m.simulcast_recv.empty()) return;
  std::string value;
  if (!m.simulcast_send.empty()) value += " send " + joined(m.simulcast_send, ";");
  if (!m.simulcast_recv.empty()) value += " recv " + joined(m.simulcast_recv, ";");
  line(out, "a=simulcast:", value.substr(1));
}

void write_sources(std::string& out, const Media& m) {
  for (const SourceGroup& g : m.source_groups) {
    std::string ssrcs;
    for (const uint32_t ssrc : g.ssrcs) ssrcs += " " + std::to_string(ssrc);
    line(out, "a=ssrc-group:", g.semantics, ssrcs);
  }
  for (const Source& s : m.sources) {
    line(out, "a=ssrc:", std::to_string(s.ssrc), " cname:", s.cname);
  }
}

bool same_credentials(const Media& a, const Media& b) {
  return a.ice_ufrag == b.ice_ufrag && a.ice_pwd == b.ice_pwd && a.setup == b.setup &&
         a.fingerprints == b.fingerprints;
}

// Said once for all m-sections where they agree: a pool of many streams is a third shorter so.
bool has_common_credentials(const Description& d) {
  for (const Media& m : d.media) {
    if (!same_credentials(m, d.media.front())) return false;
  }
  return d.media.size() > 1;
}

void write_media(std::string& out, const Media& m, bool common_credentials) {
  std::string formats;
  for (const Payload& p : m.payloads) formats += " " + std::to_string(p.type);
  for (const std::string& f : m.formats) formats += " " + f;
  line(out, "m=", m.kind, " ", std::to_string(m.port), " ", m.protocol, formats);
  line(out, "c=IN IP4 0.0.0.0");
  if (!m.mid.empty()) line(out, "a=mid:", m.mid);
  if (m.bundle_only) line(out, "a=bundle-only");
  write_candidates(out, m);
  if (!common_credentials) write_credentials(out, m);
  if (m.direction != Direction::unspecified) line(out, "a=", name_of(m.direction));
  if (m.rtcp_mux) line(out, "a=rtcp-mux");
  if (m.rtcp_reduced_size) line(out, "a=rtcp-rsize");
  if (m.extmap_allow_mixed) line(out, "a=extmap-allow-mixed");
  for (const Extension& e : m.extensions) {
    const bool directed = e.direction != Direction::unspecified;
    line(out, "a=extmap:", std::to_string(e.id), directed ? "/" : "",
         directed ? name_of(e.direction) : "", " ", e.uri);
  }
  for (const Msid& id : m.msids) {
    line(out, "a=msid:", id.stream, id.track.empty() ? "" : " ", id.track);
  }
  write_payloads(out, m);
  write_rids(out, m);
  write_sources(out, m);
}

}  // namespace

std::string write_description(const Description& d) {
  std::string out;
  out.reserve(512 + 1'024 * d.media.size());
  line(out, "v=0");
  line(out, "o=- ", d.session_id, " ", std::to_string(d.version), " IN IP4 127.0.0.1");
  line(out, "s=-");
  line(out, "t=0 0");
  for (const auto& mids : d.bundles) line(out, "a=group:BUNDLE ", joined(mids, " "));
  if (d.extmap_allow_mixed) line(out, "a=extmap-allow-mixed");
  if (d.ice_lite) line(out, "a=ice-lite");
  const bool common = has_common_credentials(d);
  if (common) write_credentials(out, d.media.front());
  for (const Media& m : d.media) write_media(out, m, common);
  return out;
}

std::string_view name_of(Direction d) {
  switch (d) {
    case Direction::inactive:
      return "inactive";
    case Direction::sendonly:
      return "sendonly";
    case Direction::recvonly:
      return "recvonly";
    case Direction::sendrecv:
      return "sendrecv";
    case Direction::unspecified:
      break;
  }
  return "";
}

std::string_view name_of(Setup s) {
  switch (s) {
    case Setup::actpass:
      return "actpass";
    case Setup::active:
      return "active";
    case Setup::passive:
      return "passive";
    case Setup::holdconn:
      return "holdconn";
    case Setup::unspecified:
      break;
  }
  return "";
}

}  // namespace sluice::proto::sdp
