// The clients' side of SRTP for NodeRig: packets as a browser makes them, and what a receiver
// decrypts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/codec.h"
#include "common/srtp/engine.h"
#include "tests/rig/node_rig.h"

namespace sluice::rig {

// One direction of one client under libsrtp's engine: the other implementation than the node's.
class SrtpPeer {
 public:
  SrtpPeer(srtp::Profile profile, const srtp::MasterKey& key);
  ~SrtpPeer();
  SrtpPeer(const SrtpPeer&) = delete;
  SrtpPeer& operator=(const SrtpPeer&) = delete;

  std::vector<uint8_t> protect(wire::ByteView header, wire::ByteView payload, Ssrc ssrc,
                               SrtpIndex index);
  // Empty when the tag does not verify. The plain packet, header included.
  std::optional<std::vector<uint8_t>> unprotect(wire::ByteView packet, SrtpIndex index);
  std::vector<uint8_t> protect_rtcp(wire::ByteView packet);
  std::optional<std::vector<uint8_t>> unprotect_rtcp(wire::ByteView packet,
                                                     SrtcpIndex* index = nullptr);

 private:
  srtp::Profile profile_;
  std::unique_ptr<srtp::Engine> engine_;
  std::vector<uint8_t> storage_;
  srtp::SessionKey* key_;
  uint32_t rtcp_index_ = 0;
};

struct PacketExtension {
  uint8_t id = 0;
  std::vector<uint8_t> data{};
};

// What a test wants to say about one packet.
struct PacketSpec {
  uint32_t ssrc = 0;
  uint64_t index = 0;  // extended sequence number
  uint32_t timestamp = 0;
  uint8_t payload_type = 96;
  bool marker = false;
  uint8_t mid_id = 0;  // 0: no mid
  std::string mid{};
  std::vector<PacketExtension> extensions{};  // others
  uint8_t padding = 0;
  std::vector<uint8_t> payload{};
};

// Header (one-byte extensions, two-byte ones when it takes them) and payload with padding,
// unencrypted.
struct PlainPacket {
  std::vector<uint8_t> header;
  std::vector<uint8_t> payload;
};
PlainPacket make_packet(const PacketSpec& spec);
std::vector<uint8_t> make_protected(SrtpPeer& peer, const PacketSpec& spec);

// A payload of about `size` bytes (exact from 16 up) that the node takes for the first packet of a
// frame; `number` varies its bytes and is the picture id where the codec has one.
std::vector<uint8_t> media_payload(Codec codec, bool key_frame, uint16_t number, std::size_t size);
// A VP8 payload (RFC 7741) of `size` bytes beginning a frame.
std::vector<uint8_t> vp8_payload(bool key_frame, uint16_t picture_id, std::size_t size);

}  // namespace sluice::rig
