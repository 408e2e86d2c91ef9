// News: which slots to look at again; a rescan looks at all of them, some in each loop, so that
// media does not wait for it.
#include <algorithm>
#include <iterator>

#include "dataplane/adopt.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr std::size_t news_per_loop = 64;
// Of a rescan, in slots that nobody uses or has used; one that is in use counts for thirty-two.
constexpr uint32_t rescan_per_loop = 1'024;
constexpr uint32_t rescan_in_use = 32;

constexpr shm::TableId rescan_order[] = {shm::TableId::endpoint, shm::TableId::track,
                                         shm::TableId::stream, shm::TableId::subscription};

Look look(Core& k, shm::TableId table, uint32_t slot) {
  const shm::Capacities& c = k.region.capacities();
  switch (table) {
    case shm::TableId::endpoint:
      if (slot < c.endpoints) return look_at_endpoint(k, slot);
      break;
    case shm::TableId::track:
      if (slot < c.tracks) return look_at_track(k, slot);
      break;
    case shm::TableId::stream:
      if (slot < c.streams) return look_at_stream(k, slot);
      break;
    case shm::TableId::subscription:
      if (slot < c.subscriptions) return look_at_subscription(k, slot);
      break;
    case shm::TableId::negotiation:  // read with the endpoint that names it
    case shm::TableId::none:
      break;
  }
  k.count(Counter::records_refused) += 1;
  return Look::done;
}

bool is_awaited_by_others(shm::TableId table) {
  return table == shm::TableId::endpoint || table == shm::TableId::stream;
}

void look_or_remember(Core& k, shm::TableId table, uint32_t slot) {
  if (look(k, table, slot) != Look::again) return;
  k.look_again.push_back({table, slot, k.now});
  k.awaited += is_awaited_by_others(table);
}

// The slot has been used anew since this was written.
bool is_stale(Core& k, const shm::News& news) {
  if (news.table == shm::TableId::none || news.table > shm::TableId::subscription) return false;
  if (news.ref.slot >= shm::slot_count(k.region.capacities(), news.table)) return false;
  return k.region.head(news.table, news.ref.slot).word.load().generation.value() !=
         news.ref.generation;
}

// What the worker holds of a slot, live or not any more.
bool is_known(Core& k, shm::TableId table, uint32_t slot) {
  switch (table) {
    case shm::TableId::endpoint:
      return k.endpoints[slot].generation != 0;
    case shm::TableId::track:
      return k.tracks[slot].generation != 0 || k.fan_out.track(slot).generation != 0;
    case shm::TableId::stream:
      return k.streams[slot].generation != 0;
    case shm::TableId::subscription:
      return k.subscriptions[slot].generation != 0;
    case shm::TableId::negotiation:  // read with the endpoint that names it
    case shm::TableId::none:
      break;
  }
  return false;
}

// Endpoints first, then what refers to them. While this is under way no epoch is reported as seen,
// so no slot that was looked at is used anew before all have been.
void rescan(Core& k) {
  if (!k.rescanning) {
    k.rescanning = true;
    k.rescan_table = k.rescan_slot = 0;
    k.count(Counter::rescans) += 1;
    k.look_again.clear();
    k.awaited = 0;
    k.news.begin_rescan();
  }
  for (uint32_t spent = 0; spent < rescan_per_loop;) {
    const shm::TableId table = rescan_order[k.rescan_table];
    if (k.rescan_slot == shm::slot_count(k.region.capacities(), table)) {
      k.rescan_slot = 0;
      if (++k.rescan_table != std::size(rescan_order)) continue;
      k.rescanning = false;
      k.news.rescanned();
      return;
    }
    const uint32_t slot = k.rescan_slot++;
    const bool used = is_known(k, table, slot) ||
                      k.region.head(table, slot).word.load().state != shm::SlotState::free;
    if (used) look_or_remember(k, table, slot);
    spent += used ? rescan_in_use : 1;
  }
}

// An endpoint that comes here, and whose home has not let go yet.
bool is_on_its_way(const Core& k, const Core::LookAgain& a) {
  if (a.table != shm::TableId::endpoint) return false;
  const auto holder = k.node.homes->holder(a.slot);
  return holder && *holder != k.id;
}

// What refers to something that never came is given up after a while; not while it may come with an
// endpoint that is on its way, however long that takes.
void look_again(Core& k) {
  constexpr TimeNs patience_ns = 2 * ns_per_s;
  const bool patient = std::ranges::any_of(
      k.look_again, [&](const Core::LookAgain& a) { return is_on_its_way(k, a); });
  for (std::size_t i = 0; i < k.look_again.size();) {
    if (patient) k.look_again[i].since = k.now;
    const Core::LookAgain a = k.look_again[i];
    const bool over = k.now - a.since > patience_ns;
    if (over) k.count(Counter::records_refused) += 1;
    if (over || look(k, a.table, a.slot) == Look::done) {
      k.awaited -= is_awaited_by_others(a.table);
      k.look_again[i] = k.look_again.back();
      k.look_again.pop_back();
    } else {
      ++i;
    }
  }
}

}  // namespace

bool is_awaited(const Core& k, shm::TableId table, uint32_t slot) {
  return k.awaited != 0 && std::ranges::any_of(k.look_again, [&](const Core::LookAgain& a) {
           return a.table == table && a.slot == slot;
         });
}

Look look_when_home(const Core& k, shm::SlotRef endpoint) {
  return is_awaited(k, shm::TableId::endpoint, endpoint.slot) ? Look::again : Look::done;
}

void take_news(Core& k) {
  if (!k.look_again.empty()) look_again(k);
  const std::size_t n = k.news.poll(news_per_loop, [&](const shm::News& news) {
    if (is_stale(k, news)) k.count(Counter::news_stale) += 1;
    // Also for stale news: what the slot is now may be news that was lost.
    look_or_remember(k, news.table, news.ref.slot);
  });
  k.count(Counter::news_taken) += n;
  if (k.news.rescan_due()) rescan(k);
  // Between the stages nothing of this loop refers to a slot.
  k.news.quiesce();
}

}  // namespace sluice::dataplane
