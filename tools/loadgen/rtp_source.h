// One outgoing RTP source of a publisher: numbers, clock, header and mark of its packets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/codec.h"
#include "common/base/time.h"
#include "common/base/types.h"
#include "common/wire/rtcp_sr.h"
#include "tools/loadgen/payload_format.h"
#include "tools/loadgen/srtp_batch.h"

namespace sluice::loadgen {

// As negotiated for one m-line; extension ids of 0 are not sent.
struct RtpTerms {
  Codec codec = Codec::none;
  uint8_t payload_type = 0;
  uint32_t ssrc = 0;
  std::string mid;
  uint8_t mid_id = 0;
  uint8_t audio_level_id = 0;
  uint8_t transport_cc_id = 0;
};

// What changes from packet to packet.
struct RtpPacketTerms {
  PacketPlace place;
  std::size_t size = 0;  // of the payload; at least what prefix and mark take
  uint16_t publisher = 0;
  uint16_t transport_seq = 0;
  uint8_t audio_level = 127;
  TimeNs captured_at = 0;  // what the RTP timestamp says
  TimeNs now = 0;
  wire::ByteView frame = {};  // of canned media, whole; `size` means nothing then
};

class RtpSource {
 public:
  static constexpr std::size_t payload_min = 48;
  static constexpr std::size_t payload_max = 1'150;

  RtpSource(const RtpTerms& terms, const ExpandedKey& key, TimeNs now, uint64_t seed);

  // Into the batch. Bytes of payload; 0: no buffer was left, and nothing counts.
  std::size_t send(const RtpPacketTerms& packet, const Route& route, SrtpBatch& batch);
  // A report for this instant.
  wire::SenderReport report(UnixNs unix_now, TimeNs now) const;
  // RFC 9143 s15.1: until the receiver has shown that it knows the SSRC, each packet names its mid.
  void on_reported() { named_ = true; }

  Ssrc ssrc() const { return Ssrc(terms_.ssrc); }
  uint64_t sent() const { return sent_; }
  uint64_t octets() const { return octets_; }

 private:
  std::size_t write_payload(wire::ByteSpan out, const RtpPacketTerms& packet,
                            uint32_t timestamp) const;
  uint32_t timestamp_at(TimeNs now) const;
  std::size_t write_header(wire::ByteSpan out, const RtpPacketTerms& packet,
                           uint32_t timestamp) const;

  RtpTerms terms_;
  const ExpandedKey& key_;
  TimeNs started_;
  uint32_t first_timestamp_;
  uint64_t first_index_;  // RFC 3711 s3.3.1: below 2^15, so that no roll-over is missed
  uint64_t sent_ = 0;
  uint64_t octets_ = 0;
  bool named_ = false;
};

}  // namespace sluice::loadgen
