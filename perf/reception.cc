#include "perf/reception.h"

namespace sluice::perf {

Reception::Reception(Audience& audience)
    : first_ssrc_(audience.stream_ssrc(0, 0)), places_(audience.receivers().size()) {
  for (uint32_t i = 0; i < places_.size(); ++i) {
    const auto& state = audience.rig().region().stream(audience.stream(i, 0).slot).state;
    places_[i].first_seq = static_cast<uint16_t>(state.next_index.load());
  }
}

void Reception::on_arrival(TimeNs at) {
  arrivals_[arrived_++ % remembered] = at;
}

bool Reception::on_departure(uint32_t ssrc, uint16_t seq, TimeNs at, bool timed) {
  const uint32_t receiver = ssrc - first_ssrc_;
  if (receiver >= places_.size()) return false;
  Place& p = places_[receiver];
  // Sixteen bits of the packet's place in the order of arrival, which is at most `remembered` old.
  const auto low = static_cast<uint16_t>(seq - p.first_seq);
  const uint64_t age = static_cast<uint16_t>(arrived_ - 1 - low);
  const uint64_t packet = arrived_ - 1 - age;
  if (packet > p.next) lost_ += packet - p.next;
  p.next = packet + 1;
  ++received_;
  if (timed) delays_.add(at - arrivals_[packet % remembered]);
  return true;
}

void Reception::reset() {
  delays_ = {};
  received_ = lost_ = 0;
}

}  // namespace sluice::perf
