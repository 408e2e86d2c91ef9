// One network port: an ethdev, configured; its queues, offloads, attachment and next hops.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/shm/status.h"
#include "dataplane/port/attachment.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/next_hop.h"
#include "dataplane/port/next_hop_table.h"

struct rte_mbuf;

namespace sluice::dataplane {

struct PortSetup {
  uint8_t index = 0;  // of the port in the configuration
  uint32_t workers = 1;
  uint16_t udp_port_base = 40'000;
  const MbufPools* pools = nullptr;
};

class Port {
 public:
  // Attaches the device named in the configuration (EAL runs), configures and starts it. Errors
  // name the port, the device and the remedy.
  static Result<std::unique_ptr<Port>> open(const config::Port& config, const PortSetup& setup);
  // The same for an ethdev that exists already (config.device is only a name then).
  static Result<std::unique_ptr<Port>> adopt(uint16_t ethdev, const config::Port& config,
                                             const PortSetup& setup);
  ~Port();  // stops and closes the device
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Any worker, at any time; fixed once open.
  uint8_t index() const { return index_; }
  const Attachment& attachment() const { return attachment_; }
  uint32_t workers() const { return workers_; }
  uint16_t udp_port_of(uint32_t worker) const {
    return static_cast<uint16_t>(udp_port_base_ + worker);
  }
  uint16_t udp_port_base() const { return udp_port_base_; }
  bool udp6_offload() const { return udp6_offload_; }
  bool marks_bad_ipv4() const { return ipv4_rx_checksum_; }
  // Fewer than workers on ports that cannot have more: the other workers get theirs by hand-over.
  uint16_t rx_queues() const { return rx_queues_; }

  // Worker `queue` only. Up to `max` frames; the caller owns them.
  uint16_t receive(uint32_t queue, rte_mbuf** frames, uint16_t max) const;
  // Worker `queue` only. Returns how many the port took, from the front; the rest stays the
  // caller's.
  uint16_t transmit(uint32_t queue, rte_mbuf** frames, uint16_t count) const;

  NextHopTable& next_hops() { return next_hops_; }
  const NextHopTable& next_hops() const { return next_hops_; }
  // Worker 0 only.
  NextHopResolver& resolver() { return resolver_; }
  // Steps whenever the link comes up.
  uint32_t link_ups() const { return link_ups_.load(std::memory_order_acquire); }

  // Main thread. True when something changed since the last call.
  bool update_link();
  const shm::PortInfo& info() const { return info_; }

 private:
  Port(const config::Port& config, const PortSetup& setup, uint16_t ethdev);
  friend struct PortDriver;

  uint16_t ethdev_;
  uint8_t index_;
  uint16_t udp_port_base_;
  uint32_t workers_;
  uint16_t rx_queues_ = 1;
  bool udp6_offload_ = false;
  bool ipv4_rx_checksum_ = false;
  bool attached_here_ = false;
  Attachment attachment_;
  NextHopTable next_hops_;
  NextHopResolver resolver_;
  std::atomic<uint32_t> link_ups_{0};
  shm::PortInfo info_;
  std::vector<int> reserved_sockets_;
};

}  // namespace sluice::dataplane
