#include "perf/frame_check.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <string_view>

#include "common/srtp/rollover.h"
#include "common/wire/demux.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/rtp.h"
#include "common/wire/udp.h"
#include "common/wire/vp8.h"
#include "common/wire/vp9.h"
#include "tests/rig/media.h"

namespace sluice::perf {
namespace {

constexpr std::size_t kept_max = 16;

// Of the part that no class rewrites: everything behind the picture ids of VP8 and VP9.
uint64_t hash_of(Codec codec, wire::ByteView payload) {
  if (codec == Codec::vp8) {
    if (const auto v = wire::parse_vp8(payload)) payload = payload.subspan(v->descriptor_length);
  } else if (codec == Codec::vp9) {
    if (const auto v = wire::parse_vp9(payload)) payload = payload.subspan(v->descriptor_length);
  }
  return std::hash<std::string_view>{}(
      {reinterpret_cast<const char*>(payload.data()), payload.size()});
}

}  // namespace

void FrameCheck::expect(uint32_t ssrc, shm::SlotRef stream, const rig::Client& client,
                        uint32_t source) {
  streams_[ssrc] = {stream, &client, source};
}

void FrameCheck::remember(uint32_t source, Codec codec, wire::ByteView payload) {
  if (sources_.size() <= source) sources_.resize(source + 1);
  Source& s = sources_[source];
  s.codec = codec;
  s.hashes.resize(remembered_packets);
  s.hashes[s.next++ % remembered_packets] = hash_of(codec, payload);
}

void FrameCheck::look(const rte_mbuf* m) {
  if (++counts_.seen % sample_every_ != 0) return;
  const auto* bytes = rte_pktmbuf_mtod(m, const uint8_t*);
  kept_.emplace_back(bytes, bytes + m->data_len);
  if (kept_.size() == kept_max) verify_kept();
}

void FrameCheck::verify_kept() {
  for (const auto& frame : kept_) {
    if (!verify(frame)) ++counts_.bad;
  }
  kept_.clear();
}

bool FrameCheck::verify(wire::ByteView frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  const auto ip = ethernet ? wire::parse_ipv4(ethernet->payload) : std::nullopt;
  const auto udp = ip ? wire::parse_udp(ip->payload) : std::nullopt;
  if (!udp || wire::demux(udp->payload) != wire::Protocol::srtp) return true;
  const auto rtp = wire::parse_rtp_header(udp->payload);
  const auto stream = rtp ? streams_.find(rtp->ssrc().value()) : streams_.end();
  if (stream == streams_.end()) return false;
  right(stream->second, udp->payload, ip->destination()) ? ++counts_.verified : ++counts_.bad;
  return true;
}

bool FrameCheck::right(const Stream& s, wire::ByteView srtp, const IpAddress& to) const {
  if (!(to == s.client->address.ip) || s.source >= sources_.size()) return false;
  const Source& source = sources_[s.source];
  const uint64_t next = region_.stream(s.ref.slot).state.next_index.load();
  const Seq16 seq = wire::parse_rtp_header(srtp)->seq();
  rig::SrtpPeer peer(s.client->profile, s.client->from_node);
  const auto plain = peer.unprotect(srtp, srtp::estimate_index(SrtpIndex(next - 1), seq));
  const auto clear = plain ? wire::parse_rtp(*plain) : std::nullopt;
  return clear && std::ranges::find(source.hashes, hash_of(source.codec, clear->payload())) !=
                      source.hashes.end();
}

}  // namespace sluice::perf
