// Turnover: guests of an audience's track who come and go. A join is an endpoint with keys, two
// streams and a subscription, published, and the guest's check 1 ms later, again until it is
// answered. A leave retires all of that, of the guest who has been there longest.
#pragma once

#include <cstdint>
#include <deque>

#include "common/base/time.h"
#include "common/shm/region.h"
#include "perf/audience.h"
#include "tests/rig/node_rig.h"

namespace sluice::perf {

struct TurnoverSetup {
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  uint32_t guests = 0;    // there at any time
  double per_second = 0;  // joins, and as many leaves
};

struct TurnoverCounts {
  uint64_t joins = 0, leaves = 0;
  // Of those who left: without keys and consent, without a single packet, checks beyond the first.
  uint64_t never_ready = 0, never_served = 0, repeated_checks = 0;

  TurnoverCounts& operator+=(const TurnoverCounts& o);
  TurnoverCounts operator-(const TurnoverCounts& o) const;
};

class Turnover {
 public:
  // Slots that everybody takes, with those who have left and are not reclaimed yet.
  static void add_to(shm::Capacities& capacities, const TurnoverSetup& setup);

  // The first guests join; the audience outlives this.
  Turnover(Audience& audience, const TurnoverSetup& setup);

  // From now on there are joins and leaves, or none.
  void start();
  void stop() { running_ = false; }
  // What a control plane does when it starts, and a full news ring: the worker has to look at every
  // slot.
  void lose_news() { rings_.news.count_loss(); }
  // What is due by the rig's clock; and what the control plane does all the time: it takes slots
  // and rings back.
  void poll();
  // When something is due next.
  TimeNs next() const;
  const TurnoverCounts& counts() const { return counts_; }

 private:
  struct Guest {
    rig::Client client;
    shm::SlotRef video, audio, subscription;
  };
  struct Check {
    TimeNs at;
    std::size_t guest;
    bool first;
  };
  void join();
  void leave();
  bool ready(const Guest& g) const;
  void send_checks();
  void drain_rings();

  Audience& audience_;
  rig::NodeRig& rig_;
  TurnoverSetup setup_;
  TimeNs period_ns_;
  bool running_ = false;
  TimeNs next_change_ = 0;
  std::deque<Guest> guests_;  // of all times: the sample check refers to their keys
  std::size_t oldest_ = 0;
  std::deque<Check> checks_;  // by time
  shm::WorkerRings rings_;
  TurnoverCounts counts_;
};

}  // namespace sluice::perf
