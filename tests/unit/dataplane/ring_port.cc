#include "tests/unit/dataplane/ring_port.h"

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstring>
#include <string>

#include "common/base/assert.h"
#include "common/wire/udp.h"
#include "dataplane/eal.h"

namespace sluice::test {
namespace {

constexpr uint32_t mbufs = 4'095;

int next_number() {
  static int number = 0;
  return number++;
}

}  // namespace

void start_eal_once() {
  static const bool started = [] {
    config::Dataplane c;
    c.cores = {0};
    c.hugepages = false;
    c.memory_mib = 128;
    const auto status = dataplane::start_eal(c, "unit");
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
    return status.ok();
  }();
  SLUICE_ASSERT(started);
}

IpAddress ip(const char* text) {
  return *parse_ip(text);
}

config::Port port_config() {
  config::Port c;
  c.name = "test";
  c.device = "rings";
  c.addresses = {{ip("192.0.2.1"), 24}, {ip("2001:db8::1"), 64}};
  c.gateways = {ip("192.0.2.254"), ip("2001:db8::fe")};
  c.mac = "02:00:00:00:00:01";
  return c;
}

RingPort::RingPort(const config::Port& config, uint32_t workers, uint32_t tx_ring_size) {
  start_eal_once();
  const std::string name = "rings" + std::to_string(next_number());
  for (uint32_t w = 0; w < workers; ++w) {
    const std::string suffix = name + "_" + std::to_string(w);
    rx_.push_back(rte_ring_create(("rx_" + suffix).c_str(), 1'024, 0, 0));
    tx_.push_back(rte_ring_create(("tx_" + suffix).c_str(), tx_ring_size, 0, 0));
  }
  const int made = rte_eth_from_rings(name.c_str(), rx_.data(), workers, tx_.data(), workers, 0);
  SLUICE_ASSERT(made >= 0);
  ethdev_ = static_cast<uint16_t>(made);
  auto pools = dataplane::MbufPools::create(workers, mbufs);
  auto handover = dataplane::Handover::create(workers);
  SLUICE_ASSERT(pools.ok() && handover.ok());
  pools_ = std::make_unique<dataplane::MbufPools>(std::move(*pools));
  handover_ = std::make_unique<dataplane::Handover>(std::move(*handover));
  auto port = dataplane::Port::adopt(ethdev_, config, {.workers = workers, .pools = pools_.get()});
  if (!port) std::fprintf(stderr, "%s\n", port.error().message.c_str());
  SLUICE_ASSERT(port.ok());
  port_ = std::move(*port);
  ports_ = {port_.get()};
}

RingPort::~RingPort() {
  for (uint32_t w = 0; w < tx_.size(); ++w) take(w);
  port_.reset();
  rte_eth_dev_close(ethdev_);
  for (rte_ring* r : rx_) rte_ring_free(r);
  for (rte_ring* r : tx_) rte_ring_free(r);
}

void RingPort::give(uint32_t worker, const std::vector<uint8_t>& frame) {
  rte_mbuf* m = rte_pktmbuf_alloc(pools_->receive(worker));
  SLUICE_ASSERT(m != nullptr);
  // Not even one byte beyond the frame is readable as part of it: short frames lie at the end of
  // the buffer.
  m->data_off = static_cast<uint16_t>(m->buf_len - frame.size());
  char* at = rte_pktmbuf_append(m, static_cast<uint16_t>(frame.size()));
  SLUICE_ASSERT(at != nullptr);
  if (!frame.empty()) std::memcpy(at, frame.data(), frame.size());
  SLUICE_ASSERT(rte_ring_enqueue(rx_[worker], m) == 0);
}

std::vector<std::vector<uint8_t>> RingPort::take(uint32_t worker) {
  std::vector<std::vector<uint8_t>> frames;
  void* p = nullptr;
  while (rte_ring_dequeue(tx_[worker], &p) == 0) {
    auto* m = static_cast<rte_mbuf*>(p);
    const auto* data = rte_pktmbuf_mtod(m, const uint8_t*);
    frames.emplace_back(data, data + m->data_len);
    rte_pktmbuf_free(m);
  }
  return frames;
}

uint32_t RingPort::in_use(uint32_t worker) const {
  return rte_mempool_in_use_count(pools_->receive(worker)) +
         rte_mempool_in_use_count(pools_->transmit(worker));
}

std::vector<uint8_t> ethernet_frame(const wire::MacAddress& to, const wire::MacAddress& from,
                                    uint16_t ether_type, wire::ByteView payload, uint16_t vlan) {
  std::vector<uint8_t> frame(18 + payload.size());
  const std::size_t link = wire::write_ethernet(frame, to, from, vlan, ether_type);
  frame.resize(link + payload.size());
  if (!payload.empty()) std::memcpy(frame.data() + link, payload.data(), payload.size());
  return frame;
}

std::vector<uint8_t> udp_frame(const SocketAddress& from, const SocketAddress& to,
                               const std::vector<uint8_t>& payload, uint16_t vlan) {
  const bool v4 = from.ip.is_v4();
  std::vector<uint8_t> packet(48 + payload.size());
  const std::size_t udp_length = wire::udp_header_length + payload.size();
  const std::size_t ip_length =
      v4 ? wire::write_ipv4(packet, {.source = from.ip, .destination = to.ip}, udp_length)
         : wire::write_ipv6(packet, {.source = from.ip, .destination = to.ip}, udp_length);
  wire::write_udp(wire::ByteSpan(packet).subspan(ip_length), from.port, to.port, payload.size());
  packet.resize(ip_length + udp_length);
  if (!payload.empty()) std::memcpy(packet.data() + ip_length + 8, payload.data(), payload.size());
  return ethernet_frame(our_mac, peer_mac, v4 ? wire::ether_type_ipv4 : wire::ether_type_ipv6,
                        packet, vlan);
}

}  // namespace sluice::test
