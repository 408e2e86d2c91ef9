#include "controlplane/agent/offer_line.h"

#include <algorithm>

#include "common/shm/text.h"

namespace sluice::agent {

using proto::sdp::Description;
using proto::sdp::Media;
using proto::sdp::Payload;

void RemoteTransport::take(const Media& m) {
  if (!ice_ufrag.empty() || !fingerprints.empty()) return;
  ice_ufrag = m.ice_ufrag;
  ice_pwd = m.ice_pwd;
  fingerprints = m.fingerprints;
  setup = m.setup;
}

MediaKind kind_of_line(const Media& m) {
  if (m.kind == "audio") return MediaKind::audio;
  if (m.kind == "video") return MediaKind::video;
  return MediaKind::none;
}

std::string fault_of_line(const Description& offer, std::size_t index) {
  const Media& m = offer.media[index];
  if (m.mid.empty() || m.mid.size() > shm::Text<16>::max_length) {
    return "a=mid must have 1 to 15 characters";
  }
  const auto same_mid = [&](const Media& other) { return !other.rejected() && other.mid == m.mid; };
  if (std::any_of(offer.media.begin(), offer.media.begin() + static_cast<std::ptrdiff_t>(index),
                  same_mid)) {
    return "a=mid of another m-line";
  }
  const bool alone = offer.bundles.empty() && offer.media.size() == 1;
  const bool bundled = !offer.bundles.empty() &&
                       std::find(offer.bundles.front().begin(), offer.bundles.front().end(),
                                 m.mid) != offer.bundles.front().end();
  if (!bundled && !alone) return "not in the first BUNDLE group; one transport carries all m-lines";
  if (!m.rtcp_mux) return "no a=rtcp-mux; RTP and RTCP share one port";
  if (m.protocol != "UDP/TLS/RTP/SAVPF" && m.protocol != "UDP/TLS/RTP/SAVP") {
    return "protocol " + m.protocol + "; only DTLS-SRTP is taken";
  }
  return {};
}

Media refused_line(const Media& offered) {
  Media a;
  a.kind = offered.kind;
  a.port = 0;
  a.protocol = offered.protocol;
  a.formats = offered.formats;
  for (const Payload& p : offered.payloads) a.payloads.emplace_back().type = p.type;
  a.mid = offered.mid;
  a.direction = proto::sdp::Direction::inactive;
  return a;
}

}  // namespace sluice::agent
