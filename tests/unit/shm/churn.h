// A control plane that does nothing but change its tables, at random from a seed: endpoints come
// and go, tracks, streams and subscriptions with them; subscriptions are paged, paused and ended;
// keys change.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "common/shm/publisher.h"

namespace sluice::shm {

class Churn {
 public:
  // Takes over what is live, as a restarted control plane does: what refers to something that is
  // gone is retired. Ids follow from the incarnation, which is small and never the same twice.
  Churn(Region& region, uint64_t incarnation, uint64_t seed);

  // One table change (or a look at the events, or a reclaim).
  void step(bool dataplane_alive);
  uint64_t changes() const { return changes_; }
  void retire_everything();
  Publisher& publisher() { return publisher_; }
  // Empty, or which promise was broken.
  const std::string& fault() const { return fault_; }

 private:
  struct Held {
    uint64_t id;
    SlotRef ref;
    SlotRef a, b;  // endpoint; or track and stream
  };
  using List = std::vector<Held>;

  template <class Row, class RowAt, class Refs>
  void adopt(TableId id, List& list, RowAt row_at, Refs refs);
  void open_endpoint();
  void close_endpoint();
  void rekey();
  void restart_ice(const Held& e, EndpointRecord r);
  NegotiationRecord some_negotiation();
  void open_track();
  void close_track();
  void open_stream();
  void close_stream();
  void subscribe();
  void change_subscription();
  void unsubscribe();
  void inject();
  void drain_events();
  void end_subscriptions(bool of_track, SlotRef ref);
  Held take(List& list, std::size_t i);
  std::size_t pick(const List& list);
  uint64_t fresh_id();
  template <class R>
  bool accepted(const R& result);

  Region& region_;
  std::mt19937_64 random_;
  uint64_t next_id_;
  Publisher publisher_;
  List endpoints_, tracks_, streams_, subscriptions_;
  uint64_t changes_ = 0;
  uint64_t restarts_;  // never a number that an earlier incarnation has used
  std::string fault_;
};

// Are all slots of all tables live, free or on their way to be free? Empty, or what leaked.
std::string leak_of(Region& region, const Publisher& publisher);

}  // namespace sluice::shm
