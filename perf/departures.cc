#include "perf/departures.h"

#include <rte_mbuf.h>

#include "common/wire/demux.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/rtp.h"
#include "common/wire/udp.h"

namespace sluice::perf {

void Departures::add(Audience& audience) {
  rig_.drain();
  audiences_.push_back(&audience);
  receptions_.push_back(std::make_unique<Reception>(audience));
}

void Departures::collect(const std::function<TimeNs(uint64_t tsc)>& time_of, bool timed) {
  held_.take(rig_.output(), [&](const rte_mbuf* m) { look(m, time_of(ExitStamps::of(m)), timed); });
}

void Departures::look(const rte_mbuf* m, TimeNs left, bool timed) {
  const wire::ByteView frame(rte_pktmbuf_mtod(m, const uint8_t*), m->data_len);
  const auto ethernet = wire::parse_ethernet(frame);
  const auto ip = ethernet ? wire::parse_ipv4(ethernet->payload) : std::nullopt;
  const auto udp = ip ? wire::parse_udp(ip->payload) : std::nullopt;
  if (!udp || wire::demux(udp->payload) != wire::Protocol::srtp) return;
  const auto rtp = wire::parse_rtp_header(udp->payload);
  if (!rtp) return;
  std::size_t of = 0;
  while (of < audiences_.size() &&
         !receptions_[of]->on_departure(rtp->ssrc().value(), rtp->seq().value(), left, timed))
    ++of;
  audiences_[of < audiences_.size() ? of : 0]->check().look(m);
}

}  // namespace sluice::perf
