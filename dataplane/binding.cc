// Which track and encoding an SSRC belongs to (RFC 8843 s9.2): announced in SDP, or learned from
// mid and rid of a packet that then has to authenticate.
#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

struct Names {
  std::string_view mid, rid, repaired_rid;
};

Names names_of(const shm::ExtensionIds& ids, const wire::RtpView& rtp) {
  Names n;
  wire::RtpExtensionReader reader(rtp);
  wire::RtpExtensionElement e;
  while (reader.next(e)) {
    const auto text = wire::parse_sdes_text(e.data).value_or(std::string_view());
    if (e.id == ids.mid) n.mid = text;
    if (e.id == ids.rid) n.rid = text;
    if (e.id == ids.repaired_rid) n.repaired_rid = text;
  }
  return n;
}

bool encoding_by_rid(const TrackContext& t, std::string_view rid, uint8_t& encoding) {
  for (uint8_t e = 0; e < t.encoding_count; ++e) {
    if (t.encodings[e].rid.view() == rid) {
      encoding = e;
      return true;
    }
  }
  return false;
}

void release(Core& k, uint32_t index) {
  RtpSource& s = k.sources[index];
  k.ssrcs.erase(ssrc_key(s.endpoint, s.ssrc));
  const EndpointContext& ep = k.endpoints[s.endpoint];
  if (ep.publisher != no_slot) {
    uint32_t* link = &k.publishers[ep.publisher].sources;
    while (*link != no_slot && *link != index) link = &k.sources[*link].next;
    if (*link == index) *link = s.next;
  }
  k.sources.give(index);
}

}  // namespace

Binding find_binding(const Core& k, const Publisher& publisher, const wire::RtpView& rtp) {
  const auto& payload = publisher.payloads[rtp.payload_type().value()];
  Binding b;
  b.rtx = payload.rtx_of != 0;
  const uint32_t ssrc = rtp.ssrc().value();
  for (uint32_t t = publisher.tracks; t != no_slot; t = k.tracks[t].next) {
    for (uint8_t e = 0; e < k.tracks[t].encoding_count; ++e) {
      const EncodingContext& enc = k.tracks[t].encodings[e];
      if ((b.rtx ? enc.hint_rtx_ssrc : enc.hint_ssrc) == ssrc) {
        b.track = t;
        b.encoding = e;
        return b;
      }
    }
  }
  const Names names = names_of(publisher.extensions, rtp);
  const MediaKind kind = kind_of(payload.codec);
  uint32_t same_kind = 0;
  for (uint32_t t = publisher.tracks; t != no_slot; t = k.tracks[t].next) {
    const TrackContext& track = k.tracks[t];
    const bool named = !names.mid.empty() && track.mid.view() == names.mid;
    if (track.kind == kind) ++same_kind;
    // Without any name the only track of its kind is meant.
    if (!named && !(names.mid.empty() && track.kind == kind)) continue;
    const std::string_view rid = b.rtx ? names.repaired_rid : names.rid;
    uint8_t encoding = 0;
    const bool found = track.encoding_count == 1 && track.encodings[0].rid.empty()
                           ? true
                           : encoding_by_rid(track, rid, encoding);
    if (!found) continue;
    b.track = t;
    b.encoding = encoding;
    if (named) return b;
  }
  if (same_kind != 1) b.track = no_slot;
  return b;
}

uint32_t bind(Core& k, uint32_t endpoint, uint32_t ssrc, const Binding& binding) {
  const uint32_t index = k.sources.take();
  if (index == no_slot) return no_slot;
  TrackContext& track = k.tracks[binding.track];
  EncodingContext& enc = track.encodings[binding.encoding];
  uint32_t& place = binding.rtx ? enc.rtx_source : enc.source;
  if (place != no_slot) {
    // The encoding goes on under a new SSRC: another source for everybody who receives it.
    release(k, place);
    if (!binding.rtx) ++(*k.node.logs)[binding.track].epochs[binding.encoding];
  }
  place = index;
  RtpSource& s = k.sources[index];
  s.ssrc = ssrc;
  s.endpoint = endpoint;
  s.track = binding.track;
  s.encoding = binding.encoding;
  s.rtx = binding.rtx;
  Publisher& publisher = k.publishers[k.endpoints[endpoint].publisher];
  s.next = publisher.sources;
  publisher.sources = index;
  k.ssrcs.insert(ssrc_key(endpoint, ssrc), index);
  if (!binding.rtx) enc.frame_known = false;
  auto& state = track.state->encodings[binding.encoding];
  const uint32_t media = enc.source != no_slot ? k.sources[enc.source].ssrc : 0;
  const uint32_t rtx = enc.rtx_source != no_slot ? k.sources[enc.rtx_source].ssrc : 0;
  auto& highest = binding.rtx ? state.rtx_highest_index : state.highest_index;
  highest.store(0, std::memory_order_relaxed);
  state.ssrcs.store(uint64_t{rtx} << 32 | media, std::memory_order_release);
  // The sooner the first report, the sooner mid and rid stop coming with every packet.
  publisher.report_due = std::min(publisher.report_due, k.now + 50 * ns_per_ms);
  return index;
}

void unbind(Core& k, uint32_t source) {
  RtpSource& s = k.sources[source];
  EncodingContext& enc = k.tracks[s.track].encodings[s.encoding];
  (s.rtx ? enc.rtx_source : enc.source) = no_slot;
  release(k, source);
}

}  // namespace sluice::dataplane
