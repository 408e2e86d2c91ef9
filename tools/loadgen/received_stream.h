// One stream an attendee receives, by its headers alone: numbers, gaps, jitter, reports.
#pragma once

#include <cstdint>

#include "common/base/codec.h"
#include "common/base/time.h"
#include "common/srtp/replay.h"
#include "common/srtp/rollover.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtp.h"

namespace sluice::loadgen {

class ReceivedStream {
 public:
  ReceivedStream(Ssrc ssrc, MediaKind kind) : ssrc_(ssrc), kind_(kind) {}

  Ssrc ssrc() const { return ssrc_; }
  MediaKind kind() const { return kind_; }

  // RFC 3711 s3.3.1: Sluice's streams begin below 2^15 with roll-over counter 0.
  SrtpIndex index_of(Seq16 seq) const {
    return srtp::estimate_index(SrtpIndex(window_.highest()), seq);
  }
  // Counts a packet. False: it came before, or is older than the window.
  bool take(SrtpIndex index, uint32_t timestamp, std::size_t bytes, TimeNs now) {
    if (!window_.check(index.value())) {
      ++repeated_;
      return false;
    }
    if (received_ == 0) first_ = index.value();
    // A packet from before the first one that came: the beginning was reordered.
    if (index.value() < first_) first_ = index.value();
    if (received_ != 0 && index.value() > window_.highest() + 1) ++gaps_;
    window_.commit(index.value());
    ++received_;
    bytes_ += bytes;
    note_jitter(timestamp, now);
    return true;
  }
  void on_sender_report(const wire::SenderReport& sr, TimeNs now) {
    report_ntp_middle_ = wire::ntp_middle(sr.ntp);
    report_at_ = now;
  }
  wire::ReportBlock report(TimeNs now);

  uint64_t received() const { return received_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t repeated() const { return repeated_; }
  uint64_t gaps() const { return gaps_; }  // how often numbers were missing when a packet came
  uint64_t expected() const { return received_ == 0 ? 0 : window_.highest() - first_ + 1; }
  uint64_t lost() const { return expected() - received_; }

 private:
  void note_jitter(uint32_t timestamp, TimeNs now);

  Ssrc ssrc_;
  MediaKind kind_;
  srtp::ReplayWindow window_;
  uint64_t first_ = 0;
  uint64_t received_ = 0;
  uint64_t bytes_ = 0;
  uint64_t repeated_ = 0;
  uint64_t gaps_ = 0;
  uint64_t expected_prior_ = 0;
  uint64_t received_prior_ = 0;
  uint32_t transit_ = 0;
  uint32_t jitter_16_ = 0;
  uint32_t report_ntp_middle_ = 0;
  TimeNs report_at_ = 0;
};

inline void ReceivedStream::note_jitter(uint32_t timestamp, TimeNs now) {
  // RFC 3550 A.8.
  const uint32_t rate = kind_ == MediaKind::audio ? 48 : 90;  // per millisecond
  const auto arrival = static_cast<uint32_t>(static_cast<uint64_t>(now) / 1'000 * rate / 1'000);
  const uint32_t transit = arrival - timestamp;
  const auto d = static_cast<int32_t>(transit - transit_);
  transit_ = transit;
  if (received_ < 2) return;
  const auto distance = static_cast<uint32_t>(d < 0 ? -d : d);
  jitter_16_ += distance - ((jitter_16_ + 8) >> 4);
}

inline wire::ReportBlock ReceivedStream::report(TimeNs now) {
  const uint64_t expected_now = expected() - expected_prior_;
  const uint64_t received_now = received_ - received_prior_;
  expected_prior_ = expected();
  received_prior_ = received_;
  wire::ReportBlock b;
  b.ssrc = ssrc_;
  // RFC 3550 A.3.
  if (received_now < expected_now) {
    b.fraction_lost = static_cast<uint8_t>((expected_now - received_now) * 255 / expected_now);
  }
  b.cumulative_lost = static_cast<int32_t>(lost());
  b.highest_seq = static_cast<uint32_t>(window_.highest());
  b.jitter = jitter_16_ >> 4;
  if (report_at_ != 0) {
    b.last_sr = report_ntp_middle_;
    b.delay_since_last_sr =
        static_cast<uint32_t>(static_cast<uint64_t>(now - report_at_) / 1'000 * 65'536 / 1'000'000);
  }
  return b;
}

}  // namespace sluice::loadgen
