#include "tests/rig/media.h"

#include <algorithm>
#include <cstring>

#include "common/base/assert.h"
#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"

namespace sluice::rig {

SrtpPeer::SrtpPeer(srtp::Profile profile, const srtp::MasterKey& key) : profile_(profile) {
  auto engine = srtp::Engine::create(srtp::EngineKind::libsrtp);
  SLUICE_ASSERT(engine.ok());
  engine_ = std::move(*engine);
  storage_.resize(engine_->key_size() + 64);
  const auto address = reinterpret_cast<uintptr_t>(storage_.data());
  key_ = engine_->expand(profile, key, storage_.data() + (64 - address % 64) % 64);
}

SrtpPeer::~SrtpPeer() {
  engine_->wipe(key_);
}

std::vector<uint8_t> SrtpPeer::protect(wire::ByteView header, wire::ByteView payload, Ssrc ssrc,
                                       SrtpIndex index) {
  std::vector<uint8_t> out(header.size() + payload.size() + srtp::rtp_overhead(profile_) + 2);
  std::copy(header.begin(), header.end(), out.begin());
  const srtp::ProtectJob job{.key = key_,
                             .packet = out.data(),
                             .payload = payload.data(),
                             .header_length = static_cast<uint16_t>(header.size()),
                             .payload_length = static_cast<uint16_t>(payload.size()),
                             .ssrc = ssrc,
                             .index = index};
  engine_->protect({&job, 1});
  out.resize(out.size() - 2);
  return out;
}

std::optional<std::vector<uint8_t>> SrtpPeer::unprotect(wire::ByteView packet, SrtpIndex index) {
  const auto rtp = wire::parse_rtp_header(packet);
  if (!rtp || packet.size() < rtp->header_length + srtp::rtp_overhead(profile_))
    return std::nullopt;
  std::vector<uint8_t> out(packet.size());
  std::copy_n(packet.begin(), rtp->header_length, out.begin());
  srtp::UnprotectJob job{.key = key_,
                         .packet = packet.data(),
                         .payload = out.data() + rtp->header_length,
                         .length = static_cast<uint16_t>(packet.size()),
                         .header_length = rtp->header_length,
                         .ssrc = rtp->ssrc(),
                         .index = index};
  engine_->unprotect({&job, 1});
  if (!job.ok) return std::nullopt;
  out.resize(static_cast<std::size_t>(rtp->header_length) + job.payload_length);
  return out;
}

std::vector<uint8_t> SrtpPeer::protect_rtcp(wire::ByteView packet) {
  std::vector<uint8_t> out(packet.size() + srtp::rtcp_overhead(profile_) + 2);
  std::copy(packet.begin(), packet.end(), out.begin());
  out.resize(engine_->protect_rtcp(key_, out.data(), packet.size(), out.size(),
                                   SrtcpIndex(++rtcp_index_)));
  return out;
}

std::optional<std::vector<uint8_t>> SrtpPeer::unprotect_rtcp(wire::ByteView packet,
                                                             SrtcpIndex* index) {
  std::vector<uint8_t> out(packet.begin(), packet.end());
  SrtcpIndex ignored;
  const std::size_t n =
      engine_->unprotect_rtcp(key_, out.data(), out.size(), index != nullptr ? index : &ignored);
  if (n == 0) return std::nullopt;
  out.resize(n);
  return out;
}

PlainPacket make_packet(const PacketSpec& spec) {
  PlainPacket p;
  p.header.resize(512);
  std::size_t n = wire::write_rtp_header(p.header, {.payload_type = PayloadType(spec.payload_type),
                                                    .seq = Seq16(static_cast<uint16_t>(spec.index)),
                                                    .timestamp = spec.timestamp,
                                                    .ssrc = Ssrc(spec.ssrc),
                                                    .marker = spec.marker});
  const bool two_byte = std::ranges::any_of(
      spec.extensions, [](const auto& e) { return e.data.empty() || e.data.size() > 16; });
  wire::RtpExtensionWriter w(p.header, n, two_byte);
  if (spec.mid_id != 0)
    w.add(spec.mid_id, {reinterpret_cast<const uint8_t*>(spec.mid.data()), spec.mid.size()});
  for (const PacketExtension& e : spec.extensions) w.add(e.id, e.data);
  n = w.finish();
  SLUICE_ASSERT(n != 0);
  p.header.resize(n);
  p.payload = spec.payload;
  if (spec.padding != 0) {
    p.header[0] |= 0x20;
    p.payload.insert(p.payload.end(), spec.padding, 0);
    p.payload.back() = spec.padding;
  }
  return p;
}

std::vector<uint8_t> make_protected(SrtpPeer& peer, const PacketSpec& spec) {
  const PlainPacket p = make_packet(spec);
  return peer.protect(p.header, p.payload, Ssrc(spec.ssrc), SrtpIndex(spec.index));
}

std::vector<uint8_t> media_payload(Codec codec, bool key_frame, uint16_t number, std::size_t size) {
  std::vector<uint8_t> p = vp8_payload(key_frame, number, size);
  p[15] =
      static_cast<uint8_t>(number >> 8);  // so that payloads 256 apart differ, whatever the codec
  switch (codec) {
    case Codec::vp9:  // I, B, E and P but in key frames; 15-bit picture id where VP8's is, shifted
      p[0] = key_frame ? 0x8c : 0xcc;
      wire::store_be16(&p[1], static_cast<uint16_t>(0x8000 | (number & 0x7fff)));
      break;
    case Codec::h264:  // one NAL unit: IDR slice or another
      p[0] = key_frame ? 0x65 : 0x41;
      break;
    case Codec::av1:  // one OBU element; N in key frames
      p[0] = key_frame ? 0x18 : 0x10;
      break;
    default:
      break;
  }
  return p;
}

std::vector<uint8_t> vp8_payload(bool key_frame, uint16_t picture_id, std::size_t size) {
  // X, S, PID 0; I; 15-bit picture id; then the frame tag with P (0 = key frame), start code and
  // size.
  std::vector<uint8_t> p(std::max<std::size_t>(size, 16));
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = static_cast<uint8_t>(i * 7 + picture_id);
  p[0] = 0x90;
  p[1] = 0x80;
  wire::store_be16(&p[2], static_cast<uint16_t>(0x8000 | (picture_id & 0x7fff)));
  p[4] = key_frame ? 0x10 : 0x11;
  if (key_frame) {
    constexpr uint8_t head[] = {0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};  // 640 x 360
    std::copy(std::begin(head), std::end(head), p.begin() + 5);
  }
  return p;
}

}  // namespace sluice::rig
