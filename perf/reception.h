// Reception: what the receivers of an audience with one track see of it: each packet's delay since
// it came to the node's port, and gaps in the numbers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/time.h"
#include "perf/audience.h"
#include "perf/delays.h"

namespace sluice::perf {

class Reception {
 public:
  // Of the packets that arrive from now on; the audience is open and outlives this.
  explicit Reception(Audience& audience);

  // The track's next packet came to the port.
  void on_arrival(TimeNs at);
  // A media packet left the port. False: it is of no stream of this audience. Timed: its delay
  // counts.
  bool on_departure(uint32_t ssrc, uint16_t seq, TimeNs at, bool timed);

  // Since the last reset.
  const Delays& delays() const { return delays_; }
  uint64_t received() const { return received_; }
  // Numbers that did not come although a later one did, whenever.
  uint64_t lost() const { return lost_; }
  void reset();

 private:
  struct Place {
    uint16_t first_seq = 0;
    uint64_t next = 0;  // packet expected, by order of arrival
  };
  static constexpr std::size_t remembered = 8'192;

  uint32_t first_ssrc_;
  std::vector<Place> places_;  // by receiver
  std::array<TimeNs, remembered> arrivals_{};
  uint64_t arrived_ = 0;
  Delays delays_;
  uint64_t received_ = 0, lost_ = 0;
};

}  // namespace sluice::perf
