#include "tools/sluicectl/region_view.h"

#include <time.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>

#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

int64_t clock_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * ns_per_s + t.tv_nsec;
}

// A worker publishes once per loop; a reader that is lapped this often is not scheduled at all.
constexpr int read_tries = 10'000;

}  // namespace

TimeNs monotonic_now() {
  return clock_ns(CLOCK_MONOTONIC);
}
UnixNs unix_now() {
  return clock_ns(CLOCK_REALTIME);
}

std::optional<RegionView> RegionView::open(const Options& options, Output output) {
  auto region = shm::Region::open(options.region, shm::Access::read_only);
  if (!region.ok()) {
    output.err << region.error().message << '\n';
    return {};
  }
  RegionView view;
  view.region_ = std::move(*region);
  view.dataplane_alive_ = shm::Region::dataplane_alive(options.region);
  view.control_alive_ = shm::Region::control_alive(options.region);
  return view;
}

TimeNs age_of(TimeNs at) {
  return at == 0 ? -1 : std::max<TimeNs>(0, monotonic_now() - at);
}

WorkerLook RegionView::look(uint32_t worker) const {
  shm::WorkerSnapshot snapshot;
  if (!region_->worker(worker).snapshot.read(snapshot, read_tries)) {
    throw std::runtime_error("the numbers of worker " + std::to_string(worker) +
                             " could not be read whole; try again");
  }
  return {snapshot.counters, snapshot.at};
}

std::vector<WorkerLook> RegionView::look_at_all() const {
  std::vector<WorkerLook> looks;
  for (uint32_t w = 0; w < workers(); ++w) looks.push_back(look(w));
  return looks;
}

shm::Counters RegionView::sum(const std::vector<WorkerLook>& looks) {
  shm::Counters total;
  for (const WorkerLook& l : looks) {
    for (std::size_t i = 0; i < shm::counter_count; ++i) {
      const uint64_t v = l.counters.values[i];
      const bool maximum = shm::counter_infos[i].group == shm::CounterGroup::maximum;
      total.values[i] = maximum ? std::max(total.values[i], v) : total.values[i] + v;
    }
  }
  return total;
}

void RegionView::print_age(std::ostream& out) const {
  if (!dataplane_alive_) {
    TimeNs newest = 0;
    for (const WorkerLook& l : look_at_all()) newest = std::max(newest, l.at);
    out << "the data plane is dead: its last numbers are " << age_text(age_of(newest)) << " old\n";
  }
  if (!control_alive_) {
    const TimeNs heartbeat = region_->control().heartbeat_ns.load(std::memory_order_acquire);
    out << "the control plane is dead: last heard of "
        << (heartbeat == 0 ? "never" : age_text(age_of(heartbeat)) + " ago") << '\n';
  }
}

}  // namespace sluice::ctl
