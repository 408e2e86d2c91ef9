// A port whose device is a pair of rings per worker: what the test puts in is received, what is
// sent can be taken out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/port/handover.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/port.h"

struct rte_ring;

namespace sluice::test {

// EAL for the whole test process, in ordinary memory; started with the first call.
void start_eal_once();

inline constexpr wire::MacAddress our_mac{{0x02, 0, 0, 0, 0, 1}};
inline constexpr wire::MacAddress peer_mac{{0x02, 0, 0, 0, 0, 2}};

// 192.0.2.1/24 and 2001:db8::1/64, gateways .254 and ::fe, UDP ports from 40,000, our_mac.
config::Port port_config();

IpAddress ip(const char* text);

class RingPort {
 public:
  RingPort(const config::Port& config, uint32_t workers, uint32_t tx_ring_size = 1'024);
  ~RingPort();

  dataplane::Port& port() { return *port_; }
  std::span<dataplane::Port* const> ports() { return ports_; }
  const dataplane::MbufPools& pools() { return *pools_; }
  const dataplane::Handover& handover() { return *handover_; }

  // The next frame that worker `worker` will receive.
  void give(uint32_t worker, const std::vector<uint8_t>& frame);
  // Everything that worker has sent so far, oldest first.
  std::vector<std::vector<uint8_t>> take(uint32_t worker);
  // Buffers of that worker's pool that are in use.
  uint32_t in_use(uint32_t worker) const;

 private:
  uint16_t ethdev_ = 0;
  std::vector<rte_ring*> rx_, tx_;
  std::unique_ptr<dataplane::MbufPools> pools_;
  std::unique_ptr<dataplane::Handover> handover_;
  std::unique_ptr<dataplane::Port> port_;
  std::vector<dataplane::Port*> ports_;
};

// A whole frame from peer_mac to our_mac with a UDP datagram; vlan 0 = untagged.
std::vector<uint8_t> udp_frame(const SocketAddress& from, const SocketAddress& to,
                               const std::vector<uint8_t>& payload, uint16_t vlan = 0);
// An Ethernet frame around `payload`.
std::vector<uint8_t> ethernet_frame(const wire::MacAddress& to, const wire::MacAddress& from,
                                    uint16_t ether_type, wire::ByteView payload, uint16_t vlan = 0);

}  // namespace sluice::test
