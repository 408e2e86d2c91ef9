#include "tools/loadgen/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "tools/loadgen/device.h"
#include "tools/loadgen/driver_words.h"

namespace sluice::loadgen {
namespace {

constexpr uint16_t descriptors = 4'096;
constexpr unsigned mbufs = 16'383;
constexpr unsigned mbuf_cache = 256;

Error fault(const std::string& device, const std::string& what, int code, DriverWords& words) {
  const std::string said = words.first_line();
  return Error{"--device " + device + ": " + what + ": " +
               (said.empty() ? std::strerror(code < 0 ? -code : code) : said)};
}

}  // namespace

Result<std::unique_ptr<Port>> Port::open(const std::string& device) {
  std::unique_ptr<Port> port(new Port);
  if (const Status s = port->start(device); !s) return s.error();
  return port;
}

Status Port::start(const std::string& device) {
  pool_ = rte_pktmbuf_pool_create("packets", mbufs, mbuf_cache, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
                                  SOCKET_ID_ANY);
  if (pool_ == nullptr) {
    return Error{std::string("no memory for packet buffers (") + rte_strerror(rte_errno) +
                 "): raise --memory-mib"};
  }
  DriverWords words;
  if (!is_pci(device)) {
    const int code = rte_dev_probe(with_ring(device, descriptors).c_str());
    if (code < 0) return fault(device, "cannot attach", code, words);
  }
  const std::string name = device_name(device);
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev_) != 0) {
    return Error{"--device " + device + ": no such device bound to DPDK"};
  }
  attached_ = true;
  rte_eth_dev_info info{};
  int code = rte_eth_dev_info_get(ethdev_, &info);
  if (code != 0) return fault(device, "cannot be asked what it can do", code, words);
  rte_eth_conf conf{};
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  code = rte_eth_dev_configure(ethdev_, 1, 1, &conf);
  uint16_t rx = descriptors, tx = descriptors;
  if (code == 0) code = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx, &tx);
  const auto socket = static_cast<unsigned>(std::max(0, rte_eth_dev_socket_id(ethdev_)));
  if (code == 0) code = rte_eth_rx_queue_setup(ethdev_, 0, rx, socket, nullptr, pool_);
  if (code == 0) code = rte_eth_tx_queue_setup(ethdev_, 0, tx, socket, nullptr);
  if (code == 0) code = rte_eth_dev_start(ethdev_);
  if (code != 0) return fault(device, "cannot start", code, words);
  rte_ether_addr own{};
  rte_eth_macaddr_get(ethdev_, &own);
  std::memcpy(mac_.bytes.data(), own.addr_bytes, mac_.bytes.size());
  if (mac_ == wire::MacAddress{}) mac_ = {{0x02, 'L', 'O', 'A', 'D', 0x01}};  // rings have none
  return {};
}

Port::~Port() {
  DriverWords words;  // nobody minds what a closing device says
  if (attached_) {
    rte_eth_dev_info info{};
    const bool known = rte_eth_dev_info_get(ethdev_, &info) == 0;
    rte_eth_dev_stop(ethdev_);
    rte_eth_dev_close(ethdev_);
    if (known && info.device != nullptr) rte_dev_remove(info.device);
  }
  rte_mempool_free(pool_);
}

uint16_t Port::receive(rte_mbuf** frames) const {
  return rte_eth_rx_burst(ethdev_, 0, frames, burst_max);
}

uint16_t Port::transmit(rte_mbuf** frames, uint16_t count) const {
  return rte_eth_tx_burst(ethdev_, 0, frames, count);
}

uint64_t Port::missed() const {
  rte_eth_stats stats{};
  return rte_eth_stats_get(ethdev_, &stats) == 0 ? stats.imissed + stats.rx_nombuf : 0;
}

}  // namespace sluice::loadgen
