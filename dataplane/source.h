// RtpSource: one SSRC that a remote side sends: its roll-over counter, replay window and reception
// statistics.
#pragma once

#include <cstdint>

#include "common/base/time.h"
#include "common/base/types.h"
#include "common/srtp/replay.h"
#include "common/srtp/rollover.h"

namespace sluice::dataplane {

inline constexpr uint32_t no_slot = UINT32_MAX;

struct RtpSource {
  srtp::ReplayWindow window;
  uint32_t ssrc = 0;
  uint32_t endpoint = no_slot;  // slot
  uint32_t track = no_slot;     // slot
  uint32_t next = no_slot;      // next source of the endpoint, or next free one
  uint8_t encoding = 0;
  bool rtx = false;
  // RFC 3550 appendix A.3 and A.8.
  uint64_t first_index = 0;
  uint64_t received = 0;
  uint64_t expected_prior = 0;
  uint64_t received_prior = 0;
  uint32_t transit = 0;
  uint32_t jitter_16 = 0;  // in timestamp units, times 16
  // RFC 3550 s6.4.1: last sender report, for LSR and DLSR.
  uint32_t report_ntp_mid = 0;
  TimeNs report_at = 0;

  SrtpIndex estimate(Seq16 seq) const {
    return window.started() ? srtp::estimate_index(SrtpIndex(window.highest()), seq)
                            : SrtpIndex(seq.value());
  }
  // Call for every authenticated packet, after window.commit().
  void on_received(uint64_t index, uint32_t timestamp, TimeNs now, uint32_t rate) {
    if (received++ == 0) first_index = index;
    const auto clock = static_cast<uint32_t>(static_cast<uint64_t>(now / 1'000) * rate / 1'000'000);
    const uint32_t new_transit = clock - timestamp;
    if (received > 1) {
      const auto d = static_cast<int32_t>(new_transit - transit);
      const auto magnitude = static_cast<uint32_t>(d < 0 ? -static_cast<int64_t>(d) : d);
      // RFC 3550 A.8: jitter += (|D| - jitter) / 16, kept scaled by 16.
      jitter_16 += magnitude - ((jitter_16 + 8) >> 4);
    }
    transit = new_transit;
  }
  uint64_t expected() const {
    return received == 0 || window.highest() < first_index ? received
                                                           : window.highest() - first_index + 1;
  }
};

}  // namespace sluice::dataplane
