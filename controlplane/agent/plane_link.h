// The agent's end of the region: attaches when the data plane has made it, wakes up for its rings,
// beats the heart, gives slots back, and says whether a data plane is there.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "common/shm/publisher.h"
#include "common/shm/region.h"

namespace sluice::agent {

// What the link tells its owner, on the agent's thread.
class PlaneEvents {
 public:
  virtual ~PlaneEvents() = default;
  // The region is there: publisher() works from now on. Also after on_detached().
  virtual void on_attached() = 0;
  // The region was made anew: every SlotRef is void.
  virtual void on_detached() = 0;
  virtual void on_punt(const shm::Punt& punt) = 0;
  virtual void on_event(const shm::Event& event) = 0;
  // Once in a while, for what is due by age.
  virtual void on_tick(TimeNs now) = 0;
  virtual void on_node_state(bool ready, const std::string& reason) = 0;
};

class PlaneLink {
 public:
  PlaneLink(boost::asio::io_context& io, std::string directory, PlaneEvents& events);
  ~PlaneLink();
  PlaneLink(const PlaneLink&) = delete;
  PlaneLink& operator=(const PlaneLink&) = delete;

  void start();

  bool attached() const { return publisher_.has_value(); }
  // Attached, data plane alive, at least one port known.
  bool ready() const { return ready_; }
  // Only while attached.
  shm::Region& region() { return *region_; }
  shm::Publisher& publisher() { return *publisher_; }
  const shm::Capacities& capacities() const { return region_->capacities(); }
  // False when the ring is full.
  bool inject(uint32_t worker, const shm::Inject& datagram);

 private:
  void try_attach();
  void detach();
  void arm_poll();
  void wait_wake();
  void on_poll();
  void check_plane();
  bool region_replaced() const;
  // One bounded turn; true when the rings may hold more.
  bool drain();
  void drain_and_sleep();
  bool rings_empty();

  boost::asio::io_context& io_;
  const std::string directory_;
  PlaneEvents& events_;
  boost::asio::steady_timer timer_;
  boost::asio::posix::stream_descriptor wake_;
  std::unique_ptr<shm::Region> region_;
  std::optional<shm::Publisher> publisher_;
  std::vector<shm::WorkerRings> rings_;
  uint64_t dataplane_incarnation_ = 0;
  TimeNs checked_at_ = 0;
  bool draining_ = false;
  bool ready_ = false;
  bool told_ = false;
  // Handlers that are queued already look whether the link still lives.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::string reason_;
};

TimeNs monotonic_now();

}  // namespace sluice::agent
