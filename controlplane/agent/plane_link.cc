#include "controlplane/agent/plane_link.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>

#include "common/base/assert.h"
#include "controlplane/agent/identities.h"

namespace sluice::agent {
namespace {

// The rings are looked at this often even if no wake-up came: a worker may have died between record
// and signal.
constexpr std::chrono::milliseconds poll_interval{20};
constexpr std::chrono::milliseconds attach_interval{200};
constexpr TimeNs check_interval_ns = 500 * ns_per_ms;

// Records per worker and turn. Strangers get what is left of everybody's patience.
constexpr std::array<std::size_t, shm::punt_class_count> punt_budget = {64, 64, 16};
constexpr std::size_t event_budget = 256;

}  // namespace

TimeNs monotonic_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return TimeNs{t.tv_sec} * ns_per_s + t.tv_nsec;
}

PlaneLink::PlaneLink(boost::asio::io_context& io, std::string directory, PlaneEvents& events)
    : io_(io), directory_(std::move(directory)), events_(events), timer_(io), wake_(io) {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  SLUICE_ASSERT(fd >= 0);
  wake_.assign(fd);
}

PlaneLink::~PlaneLink() {
  if (!region_) return;
  region_->control().wake.store(0, std::memory_order_release);
  region_->control().sleeping.store(0, std::memory_order_release);
}

void PlaneLink::start() {
  wait_wake();
  on_poll();
}

void PlaneLink::arm_poll() {
  timer_.expires_after(attached() ? poll_interval : attach_interval);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && !alive.expired()) on_poll();
  });
}

void PlaneLink::on_poll() {
  if (!attached()) try_attach();
  const TimeNs now = monotonic_now();
  if (attached()) {
    region_->control().heartbeat_ns.store(now, std::memory_order_release);
    drain_and_sleep();
  }
  if (now - checked_at_ >= check_interval_ns) {
    checked_at_ = now;
    check_plane();
    events_.on_tick(now);
  }
  // The answer must be younger than the last retirement, so it is asked here and not remembered.
  if (attached() && publisher_->retired_count() > 0) {
    publisher_->reclaim(shm::Region::dataplane_alive(directory_));
  }
  arm_poll();
}

void PlaneLink::try_attach() {
  std::string why;
  if (shm::Region::probe(directory_, &why) != shm::Readiness::ready) {
    reason_ = why;
    return;
  }
  auto opened = shm::Region::open(directory_, shm::Access::control);
  if (!opened) {
    reason_ = opened.error().message;
    return;
  }
  region_ = std::move(*opened);
  rings_.clear();
  for (uint32_t w = 0; w < region_->capacities().workers; ++w) rings_.push_back(region_->rings(w));
  publisher_.emplace(*region_, Identities().make_id());
  dataplane_incarnation_ = region_->dataplane().incarnation.load(std::memory_order_acquire);
  const uint64_t fd = static_cast<uint64_t>(wake_.native_handle());
  region_->control().wake.store(static_cast<uint64_t>(getpid()) << 32 | (fd + 1),
                                std::memory_order_release);
  checked_at_ = 0;
  reason_.clear();
  events_.on_attached();
}

void PlaneLink::detach() {
  publisher_.reset();
  rings_.clear();
  region_.reset();
  events_.on_detached();
}

bool PlaneLink::region_replaced() const {
  auto current = shm::Region::open(directory_, shm::Access::read_only);
  return current.ok() && (*current)->header().region_id != region_->header().region_id;
}

void PlaneLink::check_plane() {
  bool ready = false;
  if (attached()) {
    const bool alive = shm::Region::dataplane_alive(directory_);
    // The file can be another one, even if the daemons' own locks forbid it: somebody removed it by
    // hand.
    if (alive && !ready_ && region_replaced()) {
      detach();
      reason_ = "the region was made anew";
    } else if (!alive) {
      reason_ = "no data plane is running";
    } else if (region_->dataplane().port_count.load(std::memory_order_acquire) == 0) {
      reason_ = "the data plane has no port yet";
    } else {
      ready = true;
      reason_.clear();
    }
  }
  if (told_ && ready == ready_) return;
  told_ = true;
  ready_ = ready;
  events_.on_node_state(ready, reason_);
}

void PlaneLink::wait_wake() {
  wake_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                     if (error || alive.expired()) return;
                     uint64_t count = 0;
                     [[maybe_unused]] const auto n =
                         ::read(wake_.native_handle(), &count, sizeof count);
                     wait_wake();
                     if (attached()) drain_and_sleep();
                   });
}

void PlaneLink::drain_and_sleep() {
  if (draining_) return;
  std::atomic<uint32_t>& sleeping = region_->control().sleeping;
  sleeping.store(0, std::memory_order_release);
  bool more = drain();
  if (!more && attached()) {
    // Store first, then look again: a worker that pushed before it could see the flag is noticed
    // here, one that pushed after sees the flag. Sequential consistency keeps the two from passing
    // each other.
    sleeping.store(1, std::memory_order_seq_cst);
    more = !rings_empty();
    if (more) sleeping.store(0, std::memory_order_release);
  }
  if (!more) return;
  draining_ = true;
  boost::asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    draining_ = false;
    if (attached()) drain_and_sleep();
  });
}

bool PlaneLink::rings_empty() {
  for (shm::WorkerRings& r : rings_) {
    if (r.events.size() != 0) return false;
    for (auto& punt : r.punt) {
      if (punt.size() != 0) return false;
    }
  }
  return true;
}

bool PlaneLink::drain() {
  bool more = false;
  for (shm::WorkerRings& r : rings_) {
    std::size_t left = event_budget;
    for (const shm::Event* e = nullptr; left > 0 && (e = r.events.front()) != nullptr; --left) {
      const shm::Event event = *e;
      r.events.pop();
      events_.on_event(event);
    }
    more |= left == 0;
    for (std::size_t c = 0; c < shm::punt_class_count; ++c) {
      std::size_t punts_left = punt_budget[c];
      for (const shm::Punt* p = nullptr; punts_left > 0 && (p = r.punt[c].front()) != nullptr;
           --punts_left) {
        const shm::Punt punt = *p;
        r.punt[c].pop();
        events_.on_punt(punt);
      }
      more |= punts_left == 0;
    }
  }
  return more;
}

bool PlaneLink::inject(uint32_t worker, const shm::Inject& datagram) {
  return worker < rings_.size() && rings_[worker].inject.push(datagram);
}

}  // namespace sluice::agent
