// The outgoing SRTCP of one endpoint: one key, one run of indices.
#pragma once

#include <algorithm>

#include "tools/loadgen/outbox.h"
#include "tools/loadgen/srtp_keys.h"

namespace sluice::loadgen {

class SrtcpSender {
 public:
  explicit SrtcpSender(const ExpandedKey& key) : key_(key) {}

  // `compound`: plain RTCP, well below the MTU; empty ones are not sent.
  void send(wire::ByteView compound, const Route& route, Outbox& out) {
    if (compound.empty()) return;
    const Outbox::Draft d = out.draft();
    if (d.mbuf == nullptr) return;
    std::ranges::copy(compound, d.payload);
    const std::size_t length = key_.engine().protect_rtcp(
        key_.get(), d.payload, compound.size(), Outbox::payload_max, SrtcpIndex(index_++));
    out.send(d, length, route);
  }

 private:
  const ExpandedKey& key_;
  uint32_t index_ = 0;
};

}  // namespace sluice::loadgen
