#include "controlplane/agent/play_answer.h"

#include <algorithm>

#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/extensions.h"
#include "controlplane/agent/publish_answer.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Extension;
using proto::sdp::Media;
using proto::sdp::Payload;

constexpr std::string_view transport_cc_feedback = "transport-cc";

class Answerer {
 public:
  Answerer(const Description& offer, bool transport_wide)
      : offer_(offer), transport_wide_(transport_wide) {}

  Result<PlayAnswer> run() {
    out_.description.extmap_allow_mixed = offer_.extmap_allow_mixed;
    std::vector<std::string> bundle;
    for (std::size_t i = 0; i < offer_.media.size(); ++i) {
      std::optional<std::size_t>* line = line_for(offer_.media[i]);
      if (line == nullptr) {
        out_.description.media.push_back(refused_line(offer_.media[i]));
        continue;
      }
      const std::string fault = take(i);
      if (!fault.empty()) return Error{name_of_line(offer_, i) + ": " + fault};
      *line = i;
      bundle.push_back(offer_.media[i].mid);
    }
    if (bundle.empty()) return Error{"no m-line of audio or video receives"};
    if (!offer_.bundles.empty()) out_.description.bundles.push_back(std::move(bundle));
    if (!has_feedback_) drop_transport_cc();
    return std::move(out_);
  }

 private:
  // Where to note that this m-line is fed; null when it is not.
  std::optional<std::size_t>* line_for(const Media& m) {
    if (m.rejected() || !receives(m.direction)) return nullptr;
    std::optional<std::size_t>* line = kind_of_line(m) == MediaKind::audio   ? &out_.audio_line
                                       : kind_of_line(m) == MediaKind::video ? &out_.video_line
                                                                             : nullptr;
    return line == nullptr || line->has_value() ? nullptr : line;
  }

  // Empty, or what is wrong.
  std::string take(std::size_t index) {
    const Media& m = offer_.media[index];
    if (std::string fault = fault_of_line(offer_, index); !fault.empty()) return fault;
    out_.take(m);
    Media a;
    a.kind = m.kind;
    a.mid = m.mid;
    a.protocol = m.protocol;
    a.direction = Direction::sendonly;
    a.rtcp_mux = true;
    a.rtcp_reduced_size = m.rtcp_reduced_size;
    a.extmap_allow_mixed = m.extmap_allow_mixed;
    out_.reduced_size_rtcp |= m.rtcp_reduced_size;
    if (std::string fault = take_codecs(m, a); !fault.empty()) return fault;
    take_extensions(m, a);
    out_.description.media.push_back(std::move(a));
    return {};
  }

  // Any codec that both know: what is sent is what the publisher sends.
  std::string take_codecs(const Media& m, Media& a) {
    for (const Payload& p : m.payloads) {
      const Codec codec = match(p);
      shm::SendPayload& known = out_.send_payloads[static_cast<std::size_t>(codec)];
      const bool fits = codec != Codec::none && kind_of(codec) == kind_of_line(m) && p.type != 0;
      if (!fits || known.payload_type != 0) {
        continue;
      }
      if (used_types_[p.type]) return "payload type " + std::to_string(p.type) + " is used before";
      used_types_[p.type] = true;
      known.payload_type = p.type;
      a.payloads.push_back(answered(p, codec));
    }
    return a.payloads.empty() ? "no codec that Sluice forwards" : "";
  }

  Payload answered(const Payload& p, Codec codec) {
    Payload a;
    a.type = p.type;
    a.name = p.name;
    a.clock_rate = p.clock_rate;
    a.channels = p.channels;
    a.fmtp = fmtp_of(codec, p.fmtp);
    for (const std::string& f : p.feedback) {
      const bool wide = f == transport_cc_feedback && transport_wide_;
      has_feedback_ |= wide;
      if (wide || f == "ccm fir" || f == "nack pli" || f == "goog-remb") a.feedback.push_back(f);
    }
    return a;
  }

  // One table serves both kinds: an id that means something else in the other m-line is left out.
  void take_extensions(const Media& m, Media& a) {
    const bool mixed = offer_.extmap_allow_mixed || m.extmap_allow_mixed;
    for (const Extension& e : m.extensions) {
      const auto* use = std::find_if(std::begin(extension_uses), std::end(extension_uses),
                                     [&](const ExtensionUse& u) { return u.uri == e.uri; });
      if (use == std::end(extension_uses) || use->send_id == 0) continue;
      if (!is_used_in(*use, kind_of_line(m)) ||
          (use->send_id == transport_cc_id && !transport_wide_))
        continue;
      const bool wanted = e.direction == Direction::unspecified || receives(e.direction);
      // RFC 8285 s4.1.2: identifiers above 14, and a dependency descriptor with its structure, need
      // two-byte headers.
      const bool two_byte = use->id == &shm::ExtensionIds::dependency_descriptor;
      if (!wanted || e.id > 14 || (two_byte && !mixed)) continue;
      uint8_t& known = out_.send_extensions.*use->id;
      if (known == 0 ? used_ids_[e.id] : known != e.id) continue;
      used_ids_[e.id] = true;
      known = e.id;
      a.extensions.push_back({e.id, Direction::unspecified, e.uri});
    }
  }

  // Nobody sends numbers that nobody answers.
  void drop_transport_cc() {
    out_.send_extensions.transport_cc = 0;
    for (Media& a : out_.description.media) {
      std::erase_if(a.extensions, [](const Extension& e) {
        const auto* use = std::find_if(std::begin(extension_uses), std::end(extension_uses),
                                       [&](const ExtensionUse& u) { return u.uri == e.uri; });
        return use != std::end(extension_uses) && use->send_id == transport_cc_id;
      });
    }
  }

  const Description& offer_;
  const bool transport_wide_;
  PlayAnswer out_;
  std::array<bool, 128> used_types_{};
  std::array<bool, 256> used_ids_{};
  bool has_feedback_ = false;
};

}  // namespace

Result<PlayAnswer> answer_play(const Description& offer, bool transport_wide) {
  return Answerer(offer, transport_wide).run();
}

void name_streams(PlayAnswer& answer, const PoolPair& pair) {
  const auto name = [&](const std::optional<std::size_t>& line, const PoolStream& s,
                        const char* track) {
    if (!line) return;
    Media& m = answer.description.media[*line];
    m.msids.push_back({"sluice", track});
    m.sources.push_back({s.ssrc, pair.cname});
  };
  name(answer.audio_line, pair.audio, "audio");
  name(answer.video_line, pair.video, "video");
}

}  // namespace sluice::agent
