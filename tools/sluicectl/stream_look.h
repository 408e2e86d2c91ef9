// What receivers reported of the streams that Sluice sends.
#pragma once

#include <algorithm>
#include <optional>

#include "common/shm/stream.h"

namespace sluice::ctl {

// RFC 3550 s6.4.1: the fraction lost is of 256, jitter in units of the stream's clock.
struct StreamLook {
  uint64_t packets = 0, bytes = 0;
  std::optional<double> rtt_ms, loss_percent, jitter_ms;  // nothing: no report yet

  StreamLook() = default;
  StreamLook(const shm::StreamState& s, uint32_t clock_rate_hz) {
    packets = s.packets.load(std::memory_order_acquire);
    bytes = s.bytes.load(std::memory_order_acquire);
    const uint64_t reports = s.reports.load(std::memory_order_acquire);
    const uint32_t rtt_us = s.rtt_us.load(std::memory_order_acquire);
    if (rtt_us != 0) rtt_ms = rtt_us / 1e3;
    // A round trip is measured by a report, so that one without loss and jitter is told from none.
    if (reports == 0 && rtt_us == 0) return;
    loss_percent = static_cast<double>(reports >> 32) * 100 / 256;
    jitter_ms = static_cast<double>(reports & 0xffffffffU) * 1e3 / clock_rate_hz;
  }

  // Sums of what was sent, the worst of what was reported.
  void add(const StreamLook& other) {
    packets += other.packets;
    bytes += other.bytes;
    for (auto field : {&StreamLook::rtt_ms, &StreamLook::loss_percent, &StreamLook::jitter_ms}) {
      this->*field = std::max(this->*field, other.*field);
    }
  }
};

}  // namespace sluice::ctl
