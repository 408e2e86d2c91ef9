#include "tools/loadgen/inspector.h"

#include <algorithm>
#include <array>

#include "tools/loadgen/payload_format.h"

namespace sluice::loadgen {

Findings& Findings::operator+=(const Findings& other) {
  packets += other.packets;
  unauthentic += other.unauthentic;
  repeated += other.repeated;
  damaged += other.damaged;
  misdelivered += other.misdelivered;
  misnumbered += other.misnumbered;
  rtcp_damaged += other.rtcp_damaged;
  foreign += other.foreign;
  source_switches += other.source_switches;
  skipped += other.skipped;
  return *this;
}

bool Inspector::on_media(const wire::RtpView& rtp, MediaKind kind, SrtpIndex index, TimeNs now) {
  ++findings_.packets;
  std::array<uint8_t, 2'048> plain;
  if (rtp.bytes.size() > plain.size()) {
    ++findings_.damaged;
    return false;
  }
  srtp::UnprotectJob job{.key = key_.get(),
                         .packet = rtp.bytes.data(),
                         .payload = plain.data(),
                         .length = static_cast<uint16_t>(rtp.bytes.size()),
                         .header_length = rtp.header_length,
                         .ssrc = rtp.ssrc(),
                         .index = index};
  key_.engine().unprotect({&job, 1});
  if (!job.ok) {
    ++findings_.unauthentic;
    return false;
  }
  const wire::ByteView payload(plain.data(), job.payload_length);
  const bool ours = rtp.csrc_count() != 0 && names_.contains(rtp.csrc(0));
  const Codec codec = kind == MediaKind::video ? video_codec_ : Codec::opus;
  const auto prefix =
      canned_ && ours ? parse_frame(payload, codec, mark_length) : parse_prefix(payload, codec);
  const bool key_frame_start = prefix && prefix->start_of_frame && prefix->key_frame;
  if (!ours) {
    ++findings_.foreign;
    return key_frame_start;
  }
  const auto mark = prefix && prefix->length <= payload.size()
                        ? read_mark(payload.subspan(prefix->length))
                        : std::nullopt;
  if (!mark) {
    ++findings_.damaged;
    return false;
  }
  delays_.add(now - mark->sent_at);
  check(rtp, kind, index, *mark, key_frame_start);
  return key_frame_start;
}

void Inspector::check(const wire::RtpView& rtp, MediaKind kind, SrtpIndex index, const Mark& mark,
                      bool key_frame_start) {
  const SourceName& name = names_.at(rtp.csrc(0));
  if (mark.publisher != name.publisher || mark.kind != name.kind || mark.kind != kind) {
    ++findings_.misdelivered;
    return;
  }
  const uint64_t index_offset = index.value() - mark.number;
  const uint32_t timestamp_offset = rtp.timestamp() - mark.timestamp;
  const uint32_t ssrc = rtp.ssrc().value();
  auto p = std::ranges::find(progress_, ssrc, &Progress::ssrc);
  const bool first = p == progress_.end();
  if (first) p = progress_.insert(p, Progress{.ssrc = ssrc});
  const bool same_source = p->publisher == mark.publisher && p->kind == mark.kind;
  const bool continues =
      same_source && p->index_offset == index_offset && p->timestamp_offset == timestamp_offset;
  if (!first && !continues) {
    // A masked loss would show here too: numbers that go on although the source's do not.
    const bool may_switch = kind == MediaKind::audio || key_frame_start;
    ++(may_switch ? findings_.source_switches : findings_.misnumbered);
    if (same_source && mark.number > p->next) findings_.skipped += mark.number - p->next;
  }
  if (!continues) {
    *p = {ssrc,         mark.publisher,   mark.kind,
          index_offset, timestamp_offset, same_source ? p->next : 0};
  }
  p->next = std::max(p->next, mark.number + 1);
}

wire::ByteView Inspector::on_rtcp(wire::ByteSpan packet) {
  SrtcpIndex ignored;
  const std::size_t length =
      key_.engine().unprotect_rtcp(key_.get(), packet.data(), packet.size(), &ignored);
  if (length == 0 || !wire::parse_rtcp(packet.first(length))) {
    ++findings_.rtcp_damaged;
    return {};
  }
  return packet.first(length);
}

uint64_t Inspector::highest(uint16_t publisher, MediaKind kind) const {
  uint64_t next = 0;
  for (const Progress& p : progress_) {
    if (p.publisher == publisher && p.kind == kind) next = std::max(next, p.next);
  }
  return next;
}

}  // namespace sluice::loadgen
