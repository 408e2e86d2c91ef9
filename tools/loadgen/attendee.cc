#include "tools/loadgen/attendee.h"

#include <array>

#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_sdes.h"

namespace sluice::loadgen {
namespace {

constexpr TimeNs report_interval_ns = ns_per_s;
constexpr TimeNs pli_first_ns = 500 * ns_per_ms;  // Sluice asks by itself when a stream opens
constexpr TimeNs pli_interval_ns = ns_per_s;
constexpr std::size_t rtcp_room = 1'200;

}  // namespace

Attendee::Attendee(srtp::Engine& engine, const SrtpKeys& keys, std::string cname, TimeNs now,
                   uint64_t seed)
    : send_key_(engine, keys.profile, keys.send),
      rtcp_(send_key_),
      cname_(std::move(cname)),
      own_ssrc_(static_cast<uint32_t>(Random(seed).next())),
      random_(seed + 1),
      report_due_(now + random_.below(report_interval_ns)) {}

void Attendee::await(const std::string& mid, TimeNs now) {
  const auto s = std::ranges::find(offered_, mid, &OfferedStream::mid);
  if (s == offered_.end() || s->kind != MediaKind::video) return;
  if (std::ranges::find(awaited_, s->ssrc) == awaited_.end()) awaited_.push_back(s->ssrc);
  pli_due_ = std::min(pli_due_, now + pli_first_ns);
}

ReceivedStream* Attendee::stream_of(Ssrc ssrc) {
  if (last_ < streams_.size() && streams_[last_].ssrc() == ssrc) return &streams_[last_];
  for (last_ = 0; last_ < streams_.size(); ++last_) {
    if (streams_[last_].ssrc() == ssrc) return &streams_[last_];
  }
  const auto offered = std::ranges::find(offered_, ssrc, &OfferedStream::ssrc);
  if (offered == offered_.end()) return nullptr;
  return &streams_.emplace_back(ssrc, offered->kind);
}

bool Attendee::on_media(wire::ByteView packet, TimeNs now) {
  const auto rtp = wire::parse_rtp_header(packet);
  ReceivedStream* stream = rtp ? stream_of(rtp->ssrc()) : nullptr;
  if (stream == nullptr) {
    ++count_.unknown;
    return false;
  }
  const bool first = count_.packets++ == 0;
  count_.bytes += packet.size();
  const SrtpIndex index = stream->index_of(rtp->seq());
  const bool opens = stream->received() == 0;
  const bool fresh = stream->take(index, rtp->timestamp(), packet.size(), now);
  bool key_frame = opens;  // Sluice opens a stream with a key frame
  if (inspector_) {
    if (fresh) {
      key_frame = inspector_->on_media(*rtp, stream->kind(), index, now);
    } else {
      inspector_->on_repeated();
    }
  }
  if (key_frame && !awaited_.empty()) std::erase(awaited_, rtp->ssrc());
  return first;
}

void Attendee::on_rtcp(wire::ByteSpan packet, TimeNs now) {
  if (!inspector_) return;
  auto compound = wire::parse_rtcp(inspector_->on_rtcp(packet));
  if (!compound) return;
  wire::RtcpView v;
  while (compound->next(v)) {
    const auto sr = wire::parse_sr(v);
    if (!sr) continue;
    const auto stream = std::ranges::find(streams_, sr->sender, &ReceivedStream::ssrc);
    if (stream != streams_.end()) stream->on_sender_report(*sr, now);
  }
}

void Attendee::poll(TimeNs now, const Route& route, Outbox& out) {
  if (now >= report_due_) {
    // RFC 3550 s6.2: intervals vary, so that reports of many do not fall together.
    report_due_ = now + report_interval_ns / 2 + random_.below(report_interval_ns);
    send_report(now, route, out);
  }
  if (now >= pli_due_) {
    pli_due_ = awaited_.empty() ? never : now + pli_interval_ns;
    send_plis(route, out);
  }
}

void Attendee::send_report(TimeNs now, const Route& route, Outbox& out) {
  if (streams_.empty()) return;
  std::array<wire::ReportBlock, wire::report_blocks_max> blocks;
  std::size_t count = 0;
  for (ReceivedStream& s : streams_) {
    if (count < blocks.size()) blocks[count++] = s.report(now);
  }
  std::array<uint8_t, rtcp_room> buffer;
  std::size_t length = wire::write_rr(buffer, own_ssrc_, {blocks.data(), count});
  length += wire::write_sdes_cname(wire::ByteSpan(buffer).subspan(length), own_ssrc_, cname_);
  rtcp_.send(wire::ByteView(buffer).first(length), route, out);
}

void Attendee::send_plis(const Route& route, Outbox& out) {
  for (const Ssrc ssrc : awaited_) {
    // RFC 4585 s3.1: feedback stands behind a report and the CNAME.
    std::array<uint8_t, rtcp_room> buffer;
    const wire::ByteSpan room(buffer);
    std::size_t length = wire::write_rr(buffer, own_ssrc_, {});
    length += wire::write_sdes_cname(room.subspan(length), own_ssrc_, cname_);
    length += wire::write_pli(room.subspan(length), own_ssrc_, ssrc);
    rtcp_.send(wire::ByteView(buffer).first(length), route, out);
    ++count_.plis;
  }
}

}  // namespace sluice::loadgen
