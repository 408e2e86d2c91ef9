#include "controlplane/agent/receive_offer.h"

#include <algorithm>

#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/extensions.h"
#include "controlplane/agent/publish_answer.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Media;
using proto::sdp::Payload;
using proto::sdp::Setup;

constexpr const char* transport_cc_feedback = "transport-cc";

Payload payload_of(Codec c, Feedback feedback) {
  Payload p;
  p.type = offered_type(c);
  p.name = name_of(c);
  p.clock_rate = clock_rate(c);
  if (c == Codec::opus) p.channels = 2;  // RFC 7587 s7
  p.fmtp = fmtp_of(c, "");
  if (kind_of(c) == MediaKind::video) p.feedback = {"ccm fir", "nack pli", "goog-remb"};
  if (feedback == Feedback::transport_wide) p.feedback.emplace_back(transport_cc_feedback);
  return p;
}

Media line_of(const PoolStream& s, const PoolPair& pair, std::size_t pair_index,
              std::span<const Codec> codecs, Feedback feedback) {
  const bool audio = s.kind == MediaKind::audio;
  Media m;
  m.kind = audio ? "audio" : "video";
  m.mid = s.mid;
  m.direction = Direction::sendonly;
  m.rtcp_mux = true;
  m.rtcp_reduced_size = true;
  for (const Codec c : codecs) {
    if (kind_of(c) == s.kind) m.payloads.push_back(payload_of(c, feedback));
  }
  for (const ExtensionUse& e : extension_uses) {
    if (e.send_id == transport_cc_id && feedback != Feedback::transport_wide) continue;
    if (e.send_id != 0 && is_used_in(e, s.kind)) {
      m.extensions.push_back({e.send_id, Direction::unspecified, std::string(e.uri)});
    }
  }
  const std::string number = std::to_string(pair_index);
  m.msids.push_back({"pair-" + number, (audio ? "audio-" : "video-") + number});
  m.sources.push_back({s.ssrc, pair.cname});
  return m;
}

bool has_line(const std::vector<std::vector<std::string>>& bundles, const std::string& mid) {
  return std::any_of(bundles.begin(), bundles.end(), [&](const auto& mids) {
    return std::find(mids.begin(), mids.end(), mid) != mids.end();
  });
}

std::string fault_of(const Description& answer, const Media& offered, const Media& m) {
  if (m.mid != offered.mid) return "a=mid is not the offered " + offered.mid;
  if (m.kind != offered.kind) return "not the offered kind " + offered.kind;
  if (m.rejected()) return {};
  if (!has_line(answer.bundles, m.mid)) return "not in the BUNDLE group";
  if (!m.rtcp_mux) return "no a=rtcp-mux";
  if (sends(m.direction)) return "the client sends on a transport it only receives on";
  return {};
}

// Codecs of one kind that every taken m-line of that kind accepts: a stream may carry any of them.
void keep_accepted(const Media& m, std::array<bool, codec_count>& accepted) {
  const MediaKind kind = m.kind == "audio" ? MediaKind::audio : MediaKind::video;
  for (uint8_t i = 1; i < codec_count; ++i) {
    const auto codec = static_cast<Codec>(i);
    if (kind_of(codec) != kind) continue;
    accepted[i] =
        accepted[i] && std::any_of(m.payloads.begin(), m.payloads.end(), [&](const Payload& p) {
          return p.type == offered_type(codec) && codec_of(p.name) == codec;
        });
  }
}

bool promises_transport_feedback(const Media& m) {
  return std::any_of(m.payloads.begin(), m.payloads.end(), [](const Payload& p) {
    return std::find(p.feedback.begin(), p.feedback.end(), transport_cc_feedback) !=
           p.feedback.end();
  });
}

void keep_accepted(const Media& offered, const Media& m, shm::ExtensionIds& ids) {
  for (const ExtensionUse& e : extension_uses) {
    const MediaKind kind = m.kind == "audio" ? MediaKind::audio : MediaKind::video;
    if (e.send_id == 0 || !is_used_in(e, kind)) continue;
    const auto* answered = m.find_extension(e.uri);
    if (answered == nullptr || answered->id != e.send_id ||
        offered.find_extension(e.uri) == nullptr) {
      ids.*e.id = 0;
    }
  }
  if (!promises_transport_feedback(m)) ids.transport_cc = 0;
}

}  // namespace

Description offer_receive(const StreamPool& pool, std::span<const Codec> codecs,
                          Feedback feedback) {
  Description d;
  d.extmap_allow_mixed = true;
  d.bundles.emplace_back();
  for (std::size_t i = 0; i < pool.size(); ++i) {
    const PoolPair& pair = pool.pairs()[i];
    for (const PoolStream* s : {&pair.audio, &pair.video}) {
      d.media.push_back(line_of(*s, pair, i, codecs, feedback));
      d.bundles[0].push_back(s->mid);
    }
  }
  return d;
}

Result<ReceiveAnswer> read_receive_answer(const Description& offer, const Description& answer) {
  if (answer.media.size() != offer.media.size()) {
    return Error{"the answer has " + std::to_string(answer.media.size()) + " m-lines, the offer " +
                 std::to_string(offer.media.size())};
  }
  ReceiveAnswer out;
  bool mixed = answer.extmap_allow_mixed;
  std::array<bool, codec_count> accepted;
  accepted.fill(true);
  for (const ExtensionUse& e : extension_uses) out.send_extensions.*e.id = e.send_id;
  for (std::size_t i = 0; i < answer.media.size(); ++i) {
    const Media& m = answer.media[i];
    if (const std::string fault = fault_of(answer, offer.media[i], m); !fault.empty()) {
      return Error{name_of_line(answer, i) + ": " + fault};
    }
    out.taken.push_back(!m.rejected() && receives(m.direction));
    if (!out.taken.back()) continue;
    mixed = mixed || m.extmap_allow_mixed;
    keep_accepted(m, accepted);
    keep_accepted(offer.media[i], m, out.send_extensions);
    out.reduced_size_rtcp |= m.rtcp_reduced_size;
    if (out.fingerprints.empty()) {
      out.fingerprints = m.fingerprints;
      out.setup = m.setup;
    }
  }
  // RFC 8285 s4.1.2: a descriptor with its structure needs a two-byte header beside one-byte ones.
  if (!mixed) out.send_extensions.dependency_descriptor = 0;
  if (out.fingerprints.empty()) return Error{"no m-line is taken, or none has a=fingerprint"};
  for (const Media& m : offer.media) {
    for (const Payload& p : m.payloads) {
      const Codec codec = codec_of(p.name);
      if (accepted[static_cast<std::size_t>(codec)]) {
        out.send_payloads[static_cast<std::size_t>(codec)].payload_type = p.type;
      }
    }
  }
  return out;
}

}  // namespace sluice::agent
