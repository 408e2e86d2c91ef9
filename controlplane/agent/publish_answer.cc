#include "controlplane/agent/publish_answer.h"

#include <algorithm>
#include <map>

#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/extensions.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Extension;
using proto::sdp::Media;
using proto::sdp::Payload;

bool accepts_feedback(std::string_view value) {
  return value == "transport-cc" || value == "ccm fir" || value == "nack pli";
}

class Answerer {
 public:
  Answerer(const Description& offer, std::span<const Codec> allowed,
           const std::set<std::string>& named_mids)
      : offer_(offer), allowed_(allowed), named_mids_(named_mids) {}

  Result<PublishAnswer> run() {
    if (offer_.media.empty()) return Error{"the offer has no m-lines"};
    out_.description.extmap_allow_mixed = offer_.extmap_allow_mixed;
    std::vector<std::string> bundle;
    for (index_ = 0; index_ < offer_.media.size() && fault_.empty(); ++index_) {
      const Media& m = offer_.media[index_];
      if (m.rejected() || kind_of_line(m) == MediaKind::none) {
        out_.description.media.push_back(refused_line(m));
      } else if (accept(m)) {
        bundle.push_back(m.mid);
      }
    }
    if (!fault_.empty()) return Error{fault_};
    // RFC 9143 s7.3: an answer has no group that the offer has not.
    if (!bundle.empty() && !offer_.bundles.empty())
      out_.description.bundles.push_back(std::move(bundle));
    // Nobody may send numbers that nobody answers.
    out_.transport_feedback = out_.transport_feedback && out_.recv_extensions.transport_cc != 0;
    return std::move(out_);
  }

 private:
  bool fail(const std::string& why) {
    fault_ = name_of_line(offer_, index_) + ": " + why;
    return false;
  }

  bool accept(const Media& m) {
    if (const std::string fault = fault_of_line(offer_, index_); !fault.empty()) return fail(fault);
    out_.take(m);
    Media a;
    a.kind = m.kind;
    a.mid = m.mid;
    a.protocol = m.protocol;
    a.rtcp_mux = true;
    a.rtcp_reduced_size = m.rtcp_reduced_size;
    a.extmap_allow_mixed = m.extmap_allow_mixed;
    out_.reduced_size_rtcp |= m.rtcp_reduced_size;
    const bool has_source = !m.msids.empty() || named_mids_.contains(m.mid);
    const bool active = sends(m.direction) && has_source;
    a.direction = active ? Direction::recvonly : Direction::inactive;
    if (!take_codecs(m, a) || !take_extensions(m, a)) return false;
    if (active && !take_track(m, a)) return false;
    out_.description.media.push_back(std::move(a));
    return true;
  }

  bool take_codecs(const Media& m, Media& a) {
    for (const Codec codec : allowed_) {
      for (const Payload& p : m.payloads) {
        if (match(p) != codec || kind_of(codec) != kind_of_line(m)) continue;
        if (!take_payload(p, codec, a)) return false;
        for (const Payload& rtx : m.payloads) {
          if (repaired_type(rtx) == p.type && !take_rtx(rtx, p.type, codec, a)) return false;
        }
      }
    }
    return !a.payloads.empty() || fail("no codec in common with the room");
  }

  bool take_payload(const Payload& p, Codec codec, Media& a) {
    Payload answered;
    answered.type = p.type;
    answered.name = p.name;
    answered.clock_rate = p.clock_rate;
    answered.channels = p.channels;
    answered.fmtp = fmtp_of(codec, p.fmtp);
    for (const std::string& f : p.feedback) {
      if (!accepts_feedback(f)) continue;
      out_.transport_feedback |= f == "transport-cc";
      answered.feedback.push_back(f);
    }
    a.payloads.push_back(std::move(answered));
    return note_payload({p.type, codec, 0, 0});
  }

  bool take_rtx(const Payload& p, uint8_t repaired, Codec codec, Media& a) {
    Payload answered;
    answered.type = p.type;
    answered.name = p.name;
    answered.clock_rate = p.clock_rate;
    answered.fmtp = "apt=" + std::to_string(repaired);
    a.payloads.push_back(std::move(answered));
    return note_payload({p.type, codec, repaired, 0});
  }

  // RFC 9143 s9.1: within a BUNDLE a payload type means one thing.
  bool note_payload(shm::RecvPayload p) {
    for (std::size_t i = 0; i < payload_count_; ++i) {
      const shm::RecvPayload& known = out_.recv_payloads[i];
      if (known.payload_type != p.payload_type) continue;
      if (known.codec == p.codec && known.rtx_of == p.rtx_of) return true;
      return fail("payload type " + std::to_string(p.payload_type) +
                  " means something else before");
    }
    if (payload_count_ == out_.recv_payloads.size()) return fail("too many payload types");
    out_.recv_payloads[payload_count_++] = p;
    return true;
  }

  bool take_extensions(const Media& m, Media& a) {
    const bool mixed = offer_.extmap_allow_mixed || m.extmap_allow_mixed;
    for (const Extension& e : m.extensions) {
      const auto* use = std::find_if(std::begin(extension_uses), std::end(extension_uses),
                                     [&](const ExtensionUse& u) { return u.uri == e.uri; });
      if (use == std::end(extension_uses) || !is_used_in(*use, kind_of_line(m))) continue;
      const bool sent = e.direction == Direction::unspecified || sends(e.direction);
      // RFC 8285 s4.1.2: identifiers above 14 need two-byte headers, which may then stand beside
      // one-byte ones.
      if (!sent || e.id == 15 || (e.id > 14 && !mixed)) continue;
      uint8_t& known = out_.recv_extensions.*use->id;
      const auto [meaning, fresh] = extension_ids_.emplace(e.id, e.uri);
      if ((known != 0 && known != e.id) || (!fresh && meaning->second != e.uri)) {
        return fail("a=extmap:" + std::to_string(e.id) + " means something else before");
      }
      known = e.id;
      a.extensions.push_back({e.id, Direction::unspecified, e.uri});
    }
    return true;
  }

  bool take_track(const Media& m, Media& a) {
    PublishedTrack t{m.mid, kind_of_line(m), {}};
    if (m.simulcast_send.empty()) {
      t.encodings.push_back(single_encoding(m));
    } else if (!take_simulcast(m, a, t)) {
      return false;
    }
    out_.tracks.push_back(std::move(t));
    return true;
  }

  // RFC 5576: hints only. A browser that announces nothing, or several, is learned by the workers.
  static shm::EncodingRecord single_encoding(const Media& m) {
    shm::EncodingRecord e;
    for (const auto& g : m.source_groups) {
      if (g.semantics == "FID" && g.ssrcs.size() == 2 && m.sources.size() == 2 &&
          g.ssrcs[0] != g.ssrcs[1]) {
        e.ssrc = g.ssrcs[0];
        e.rtx_ssrc = g.ssrcs[1];
      }
    }
    if (m.sources.size() == 1) e.ssrc = m.sources[0].ssrc;
    return e;
  }

  // RFC 8853 s5.3: the answer names the streams that are taken; at most encodings_max, the
  // smallest.
  bool take_simulcast(const Media& m, Media& a, PublishedTrack& t) {
    for (const std::string& rid : order_rids(m)) {
      if (t.encodings.size() == shm::encodings_max) break;
      if (rid.size() > shm::Text<16>::max_length) return fail("a=rid longer than 15 characters");
      const auto same = [&](const shm::EncodingRecord& e) { return e.rid.view() == rid; };
      if (std::any_of(t.encodings.begin(), t.encodings.end(), same))
        return fail("a=simulcast: rid twice");
      shm::EncodingRecord e;
      e.rid = shm::Text<16>(rid);
      t.encodings.push_back(e);
      a.rids.push_back({rid, false, {}});
    }
    for (const std::string& rid : m.simulcast_send) {
      const auto same = [&](const proto::sdp::Rid& r) { return r.id == rid; };
      if (std::any_of(a.rids.begin(), a.rids.end(), same)) a.simulcast_recv.push_back(rid);
    }
    return true;
  }

  const Description& offer_;
  std::span<const Codec> allowed_;
  const std::set<std::string>& named_mids_;
  PublishAnswer out_;
  std::map<uint8_t, std::string> extension_ids_;
  std::size_t payload_count_ = 0;
  std::size_t index_ = 0;
  std::string fault_;
};

}  // namespace

std::string name_of_line(const Description& d, std::size_t index) {
  const Media& m = d.media[index];
  return "m-line " + std::to_string(index) + " (" + m.kind +
         (m.mid.empty() ? "" : ", mid " + m.mid) + ")";
}

Result<PublishAnswer> answer_publish(const Description& offer, std::span<const Codec> allowed,
                                     const std::set<std::string>& named_mids) {
  return Answerer(offer, allowed, named_mids).run();
}

}  // namespace sluice::agent
