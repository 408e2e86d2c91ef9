#include "tools/loadgen/rtp_source.h"

#include <algorithm>

#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"
#include "tools/loadgen/mark.h"
#include "tools/loadgen/random.h"

namespace sluice::loadgen {

static_assert(RtpSource::payload_min >= payload_prefix_max + mark_length);
static_assert(RtpSource::payload_max <= SrtpBatch::payload_max);

RtpSource::RtpSource(const RtpTerms& terms, const ExpandedKey& key, TimeNs now, uint64_t seed)
    : terms_(terms), key_(key), started_(now) {
  Random random(seed);
  first_timestamp_ = static_cast<uint32_t>(random.next());
  first_index_ = random.next() % 0x8000;
}

uint32_t RtpSource::timestamp_at(TimeNs now) const {
  const auto steps =
      static_cast<uint64_t>(now - started_) / 1'000 * (clock_rate(terms_.codec) / 1'000) / 1'000;
  return first_timestamp_ + static_cast<uint32_t>(steps);
}

std::size_t RtpSource::write_header(wire::ByteSpan out, const RtpPacketTerms& packet,
                                    uint32_t timestamp) const {
  // RFC 7741 s4.1: the marker ends a frame; RFC 7587 s4.2: Opus sets it after silence only.
  const bool video = kind_of(terms_.codec) == MediaKind::video;
  const std::size_t fixed =
      wire::write_rtp_header(out, {.payload_type = PayloadType(terms_.payload_type),
                                   .seq = Seq16(static_cast<uint16_t>(first_index_ + sent_)),
                                   .timestamp = timestamp,
                                   .ssrc = ssrc(),
                                   .marker = video && packet.place.end_of_frame});
  wire::RtpExtensionWriter w(out, fixed);
  if (terms_.mid_id != 0 && !named_) {
    w.add(terms_.mid_id, {reinterpret_cast<const uint8_t*>(terms_.mid.data()), terms_.mid.size()});
  }
  if (terms_.audio_level_id != 0) {
    const uint8_t level =
        wire::pack_audio_level({.voice = packet.audio_level < 127, .level = packet.audio_level});
    w.add(terms_.audio_level_id, {&level, 1});
  }
  if (terms_.transport_cc_id != 0) {
    uint8_t seq[wire::transport_seq_length];
    wire::store_be16(seq, packet.transport_seq);
    w.add(terms_.transport_cc_id, seq);
  }
  return w.finish();
}

std::size_t RtpSource::write_payload(wire::ByteSpan out, const RtpPacketTerms& packet,
                                     uint32_t timestamp) const {
  std::size_t size = std::clamp(packet.size, payload_min, payload_max);
  std::size_t prefix = 0;
  if (packet.frame.empty()) {
    prefix = write_prefix(out, terms_.codec, packet.place);
  } else {
    prefix = write_frame(out, terms_.codec, packet.place.picture_id, packet.frame, mark_length);
    size = prefix + mark_length;
  }
  write_mark(out.subspan(prefix, size - prefix), {.publisher = packet.publisher,
                                                  .kind = kind_of(terms_.codec),
                                                  .key_frame = packet.place.key_frame,
                                                  .number = sent_,
                                                  .sent_at = packet.now,
                                                  .timestamp = timestamp});
  return size;
}

std::size_t RtpSource::send(const RtpPacketTerms& packet, const Route& route, SrtpBatch& batch) {
  const SrtpBatch::Slot slot = batch.begin();
  if (slot.header.empty()) return 0;
  const uint32_t timestamp = timestamp_at(packet.captured_at);
  const std::size_t header_length = write_header(slot.header, packet, timestamp);
  const std::size_t size = write_payload(slot.payload, packet, timestamp);
  batch.commit({.key = &key_,
                .header_length = header_length,
                .payload_length = size,
                .ssrc = ssrc(),
                .index = SrtpIndex(first_index_ + sent_),
                .route = &route});
  ++sent_;
  octets_ += size;
  return size;
}

wire::SenderReport RtpSource::report(UnixNs unix_now, TimeNs now) const {
  return {.sender = ssrc(),
          .ntp = ntp_from_unix(unix_now),
          .rtp_timestamp = timestamp_at(now),
          .packets = static_cast<uint32_t>(sent_),
          .octets = static_cast<uint32_t>(octets_)};
}

}  // namespace sluice::loadgen
