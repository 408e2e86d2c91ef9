#include "dataplane/port/port.h"

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "dataplane/port/device_name.h"
#include "dataplane/port/driver_log.h"
#include "dataplane/port/flow_steering.h"
#include "dataplane/port/port_features.h"

namespace sluice::dataplane {
namespace {

// A frame lies in one packet buffer: of a jumbo network only ordinary frames are used.
constexpr uint16_t mtu_max = 1'500;
constexpr uint64_t rss_udp = RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
// Each transmit queue sends only unshared buffers of its worker's own pool: fast free is sound.
constexpr uint64_t tx_offloads = RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;

Error fault(const config::Port& config, const std::string& what) {
  return Error{"port '" + config.name + "' (" + config.device + "): " + what};
}

std::string reason(int code) {
  return std::strerror(code < 0 ? -code : code);
}

// "02:00:00:00:00:01"; the configuration has checked it.
wire::MacAddress parse_mac(const std::string& text) {
  wire::MacAddress mac;
  std::array<unsigned, 6> b{};
  if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4],
                  &b[5]) == 6) {
    std::ranges::transform(b, mac.bytes.begin(),
                           [](unsigned v) { return static_cast<uint8_t>(v); });
  }
  return mac;
}

Attachment attachment_of(const config::Port& config) {
  Attachment a;
  a.vlan = config.vlan;
  a.mtu = std::min(config.mtu, mtu_max);
  a.shared_with_kernel = config.shared_with_kernel;
  a.addresses = config.addresses;
  a.gateways = config.gateways;
  a.dscp = config.dscp;
  return a;
}

}  // namespace

Port::Port(uint16_t ethdev, const config::Port& config, const PortSetup& setup)
    : ethdev_(ethdev),
      setup_(setup),
      attachment_(attachment_of(config)),
      resolver_(attachment_, next_hops_) {}

Result<std::unique_ptr<Port>> Port::open(const config::Port& config, const PortSetup& setup) {
  const std::string name = device_name(config.device);
  uint16_t ethdev = 0;
  if (!is_pci(config.device)) {
    DriverLog log;
    const int code =
        rte_dev_probe(with_queues(config.device, setup.workers, config.rx_descriptors).c_str());
    if (code < 0) {
      const std::string said = log.first_line();
      return fault(config, "cannot attach: " + (said.empty() ? reason(code) : said) +
                               "; see that the driver, its arguments and the interface exist");
    }
  }
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev) != 0) {
    return fault(config,
                 is_pci(config.device)
                     ? "no such device bound to DPDK; bind it with `dpdk-devbind.py -b vfio-pci " +
                           name + "`"
                     : "the driver made no port of this name");
  }
  std::unique_ptr<Port> port(new Port(ethdev, config, setup));
  port->attached_here_ = true;
  if (auto status = port->start(config); !status) return status.error();
  return port;
}

Result<std::unique_ptr<Port>> Port::adopt(uint16_t ethdev, const config::Port& config,
                                          const PortSetup& setup) {
  std::unique_ptr<Port> port(new Port(ethdev, config, setup));
  if (auto status = port->start(config); !status) return status.error();
  return port;
}

Port::~Port() {
  DriverLog log;  // nobody minds what a closing device says
  rte_eth_dev_stop(ethdev_);
  if (!attached_here_) return;
  rte_eth_dev_info device{};
  const bool known = rte_eth_dev_info_get(ethdev_, &device) == 0;
  rte_eth_dev_close(ethdev_);
  if (known && device.device != nullptr) rte_dev_remove(device.device);
}

Status Port::start(const config::Port& config) {
  if (config.addresses.size() > info_.addresses.size()) {
    return fault(config, "more than " + std::to_string(info_.addresses.size()) + " addresses");
  }
  DriverLog log;
  if (auto s = set_mac(config); !s) return s;
  if (auto s = configure(config, log); !s) return s;
  if (auto s = set_up_queues(config); !s) return s;
  if (const int code = rte_eth_dev_start(ethdev_); code != 0) {
    const std::string said = log.first_line();
    return fault(config, "cannot start: " + (said.empty() ? reason(code) : said));
  }
  // Steering and multicast are matters of speed and of IPv6; a device without them works or needs
  // no filter opened.
  const bool ipv6 =
      std::ranges::any_of(config.addresses, [](const auto& a) { return a.ip.is_v6(); });
  if (ipv6 && rte_eth_allmulticast_enable(ethdev_) != 0) rte_eth_promiscuous_enable(ethdev_);
  if (!config.mac.empty() && !is_pci(config.device)) rte_eth_promiscuous_enable(ethdev_);
  Steering steering;
  if (rx_queues_ > 1 && rx_queues_ == setup_.workers) {
    steering = steer_to_workers(ethdev_, attachment_, setup_.udp_port_base, setup_.workers);
  }
  if (config.shared_with_kernel) {
    auto taken = KernelReservation::take(attachment_, setup_.udp_port_base, setup_.workers);
    if (!taken) return fault(config, taken.error().message);
    reservation_ = std::move(*taken);
  }

  describe(config);
  describe_steering(info_, setup_.workers, steering);
  update_link();
  return {};
}

void Port::describe(const config::Port& config) {
  info_.name = shm::Text<32>(config.name);
  info_.mtu = attachment_.mtu;
  info_.vlan = attachment_.vlan;
  info_.mac = attachment_.mac.bytes;
  info_.shared_with_kernel = config.shared_with_kernel;
  for (std::size_t i = 0; i < config.addresses.size(); ++i) {
    info_.own_addresses[i] = config.addresses[i].ip;
    info_.prefix_lengths[i] = config.addresses[i].prefix_length;
    info_.addresses[i] = i < config.advertise.size() ? config.advertise[i] : config.addresses[i].ip;
  }
  for (uint32_t w = 0; w < setup_.workers; ++w) info_.worker_udp_port[w] = udp_port_of(w);
  describe_frames(info_, attachment_);
}

Status Port::set_mac(const config::Port& config) {
  rte_ether_addr own{};
  rte_eth_macaddr_get(ethdev_, &own);
  std::memcpy(attachment_.mac.bytes.data(), own.addr_bytes, sizeof own.addr_bytes);
  if (!config.mac.empty()) {
    attachment_.mac = parse_mac(config.mac);
    // The interface behind a virtual device keeps its own address: frames for ours are then nobody
    // else's.
    if (!is_pci(config.device)) return {};
    std::memcpy(own.addr_bytes, attachment_.mac.bytes.data(), sizeof own.addr_bytes);
    if (const int code = rte_eth_dev_default_mac_addr_set(ethdev_, &own); code != 0) {
      return fault(
          config,
          "does not take the MAC address " + config.mac + " (" + reason(code) +
              "); leave ports[].mac empty, or for a VF set it on its PF: ip link set PF vf N mac " +
              config.mac);
    }
  } else if (attachment_.mac == wire::MacAddress{}) {
    attachment_.mac = {{0x02, 'S', 'L', 'U', 0, setup_.index}};  // rings have none
  }
  return {};
}

Status Port::configure(const config::Port& config, DriverLog& log) {
  rte_eth_dev_info device{};
  if (const int code = rte_eth_dev_info_get(ethdev_, &device); code != 0) {
    return fault(config, "cannot be asked what it can do: " + reason(code));
  }
  const auto workers = static_cast<uint16_t>(setup_.workers);
  if (device.max_tx_queues < workers) {
    return fault(config, "has " + std::to_string(device.max_tx_queues) + " transmit queues for " +
                             std::to_string(workers) + " workers; list at most " +
                             std::to_string(device.max_tx_queues) + " in dataplane.workers.cores");
  }
  rx_queues_ = std::min(workers, device.max_rx_queues);
  udp_offload_ = (device.tx_offload_capa & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;

  rte_eth_conf conf{};
  conf.rxmode.mtu = attachment_.mtu;
  conf.rxmode.offloads = device.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  conf.txmode.offloads = device.tx_offload_capa & tx_offloads;
  const bool can_hash = (device.flow_type_rss_offloads & rss_udp) != 0;
  if (rx_queues_ > 1 && can_hash) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = device.flow_type_rss_offloads & rss_udp;
  }
  int code = rte_eth_dev_configure(ethdev_, rx_queues_, workers, &conf);
  if (code != 0 && conf.rxmode.mq_mode != RTE_ETH_MQ_RX_NONE) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
    conf.rx_adv_conf.rss_conf.rss_hf = 0;
    code = rte_eth_dev_configure(ethdev_, rx_queues_, workers, &conf);
  }
  if (code != 0) {
    const std::string said = log.first_line();
    return fault(config, "cannot be configured: " + (said.empty() ? reason(code) : said));
  }
  info_.driver = shm::Text<32>(device.driver_name);
  info_.rx_queues = static_cast<uint8_t>(rx_queues_);
  info_.tx_queues = static_cast<uint8_t>(workers);
  describe_offloads(info_, attachment_,
                    {.can_hash = can_hash,
                     .hashes = conf.rxmode.mq_mode == RTE_ETH_MQ_RX_RSS,
                     .rx_ipv4_checksum = conf.rxmode.offloads != 0,
                     .udp_checksum = udp_offload_,
                     .fast_free = (conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0});
  return {};
}

Status Port::set_up_queues(const config::Port& config) {
  uint16_t rx = config.rx_descriptors, tx = config.tx_descriptors;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx, &tx); code != 0) {
    return fault(config, "takes neither this number of descriptors nor one near: " + reason(code));
  }
  info_.rx_descriptors = rx;
  info_.tx_descriptors = tx;
  const auto socket = static_cast<unsigned>(std::max(0, rte_eth_dev_socket_id(ethdev_)));
  for (uint16_t q = 0; q < setup_.workers; ++q) {
    rte_mempool* pool = setup_.pools->receive(q);
    int code = q < rx_queues_ ? rte_eth_rx_queue_setup(ethdev_, q, rx, socket, nullptr, pool) : 0;
    if (code == 0) code = rte_eth_tx_queue_setup(ethdev_, q, tx, socket, nullptr);
    if (code != 0) {
      return fault(config, "queue pair " + std::to_string(q) + ": " + reason(code) +
                               "; try fewer rx_descriptors and tx_descriptors");
    }
  }
  return {};
}

uint16_t Port::receive(uint32_t queue, rte_mbuf** frames, uint16_t max) const {
  return rte_eth_rx_burst(ethdev_, static_cast<uint16_t>(queue), frames, max);
}

uint16_t Port::transmit(uint32_t queue, rte_mbuf** frames, uint16_t count) const {
  return rte_eth_tx_burst(ethdev_, static_cast<uint16_t>(queue), frames, count);
}

bool Port::update_link() {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(ethdev_, &link) != 0) return false;
  const uint8_t up = link.link_status == RTE_ETH_LINK_UP;
  const uint32_t mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
  if (up == info_.link_up && mbps == info_.link_mbps) return false;
  if (up && !info_.link_up) {
    link_ups_.store(link_ups_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  info_.link_up = up;
  info_.link_mbps = mbps;
  return true;
}

}  // namespace sluice::dataplane
