// One network port: an ethdev, configured; its queues, offloads, attachment and next hops.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "common/config/config.h"
#include "common/shm/status.h"
#include "dataplane/port/attachment.h"
#include "dataplane/port/kernel_reservation.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/next_hop.h"
#include "dataplane/port/next_hop_table.h"

struct rte_mbuf;

namespace sluice::dataplane {

class DriverLog;

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
  // The same for an ethdev that exists already and stays its maker's; config.device is only a name
  // then.
  static Result<std::unique_ptr<Port>> adopt(uint16_t ethdev, const config::Port& config,
                                             const PortSetup& setup);
  ~Port();  // stops the device; closes it when open() attached it
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Any worker, at any time; fixed once open.
  uint8_t index() const { return setup_.index; }
  const Attachment& attachment() const { return attachment_; }
  uint32_t workers() const { return setup_.workers; }
  uint16_t udp_port_base() const { return setup_.udp_port_base; }
  uint16_t udp_port_of(uint32_t worker) const {
    return static_cast<uint16_t>(setup_.udp_port_base + worker);
  }
  // The port sums UDP datagrams that carry the pseudo header's sum.
  bool udp_offload() const { return udp_offload_; }
  // Fewer than workers on devices that cannot have more: the other workers get their packets by
  // hand-over.
  uint16_t rx_queues() const { return rx_queues_; }

  // Worker `queue` only, queue < rx_queues(). Up to `max` frames; they are the caller's.
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
  Port(uint16_t ethdev, const config::Port& config, const PortSetup& setup);
  Status start(const config::Port& config);
  Status configure(const config::Port& config, DriverLog& log);
  Status set_up_queues(const config::Port& config);
  Status set_mac(const config::Port& config);
  void describe(const config::Port& config);

  uint16_t ethdev_;
  PortSetup setup_;
  uint16_t rx_queues_ = 1;
  bool udp_offload_ = false;
  bool attached_here_ = false;
  Attachment attachment_;
  NextHopTable next_hops_;
  NextHopResolver resolver_;
  KernelReservation reservation_;
  std::atomic<uint32_t> link_ups_{0};
  shm::PortInfo info_;
};

}  // namespace sluice::dataplane
