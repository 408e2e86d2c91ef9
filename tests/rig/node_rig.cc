#include "tests/rig/node_rig.h"

#include <fcntl.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>

#include "common/base/assert.h"
#include "common/proto/stun_integrity.h"
#include "common/wire/arp.h"
#include "common/wire/ipv4.h"
#include "common/wire/stun.h"
#include "common/wire/udp.h"
#include "dataplane/eal.h"
#include "dataplane/links.h"

namespace sluice::rig {
namespace {

constexpr wire::MacAddress gateway_mac{{2, 0, 0, 0, 0, 0xfe}};
constexpr uint16_t udp_port_base = 40'000;

IpAddress ip_of(const char* text) {
  return *parse_ip(text);
}

void fill_random(void* at, std::size_t n) {
  SLUICE_ASSERT(getrandom(at, n, 0) == static_cast<ssize_t>(n));
}

// DPDK's names are per process and never free again.
std::string next_name(const char* stem) {
  static int number = 0;
  return stem + std::to_string(number++);
}

rte_ring* make_ring(const char* stem, uint32_t size) {
  rte_ring* ring =
      rte_ring_create(next_name(stem).c_str(), size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  SLUICE_ASSERT(ring != nullptr);
  return ring;
}

}  // namespace

void start_eal_once(const RigSetup& setup) {
  static bool started = false;
  if (started) return;
  started = true;
  config::Dataplane d;
  d.cores = setup.cores;
  d.hugepages = setup.hugepages;
  d.memory_mib = setup.memory_mib;
  const Status s = dataplane::start_eal(d, "rig");
  if (!s) std::fprintf(stderr, "%s\n", s.error().message.c_str());
  SLUICE_ASSERT(s.ok());
}

NodeRig::NodeRig(const RigSetup& setup) : setup_(setup) {
  start_eal_once(setup);
  char directory[] = "/dev/shm/sluice-rig-XXXXXX";
  SLUICE_ASSERT(mkdtemp(directory) != nullptr);
  directory_ = directory;
  auto region = shm::Region::open(directory_, shm::Access::create, setup.capacities);
  if (!region) std::fprintf(stderr, "%s\n", region.error().message.c_str());
  SLUICE_ASSERT(region.ok());
  region_ = std::move(*region);
  publisher_ = std::make_unique<shm::Publisher>(*region_, 1);
  auto desk = dataplane::CaptureDesk::open(*region_);
  SLUICE_ASSERT(desk.ok());
  capture_desk_ = std::move(*desk);

  auto pools = dataplane::MbufPools::create(setup.capacities.workers, setup.mbufs);
  if (!pools) std::fprintf(stderr, "%s\n", pools.error().message.c_str());
  SLUICE_ASSERT(pools.ok());
  pools_ = std::make_unique<dataplane::MbufPools>(std::move(*pools));
  auto handover = dataplane::Handover::create(setup.capacities.workers);
  SLUICE_ASSERT(handover.ok());
  handover_ = std::make_unique<dataplane::Handover>(std::move(*handover));
  const uint32_t workers = setup.capacities.workers;
  for (uint32_t w = 0; w < workers; ++w) {
    to_node_.push_back(make_ring("rig_in", setup.ring_size));
    from_node_.push_back(make_ring("rig_out", setup.ring_size));
  }
  const int ethdev = rte_eth_from_rings(next_name("rig").c_str(), to_node_.data(), workers,
                                        from_node_.data(), workers, 0);
  SLUICE_ASSERT(ethdev >= 0);
  ethdev_ = static_cast<uint16_t>(ethdev);
  config::Port port;
  port.name = "rig";
  port.device = "net_ring";
  port.addresses = {{ip_of("10.0.0.1"), 24}};
  if (setup.ipv6) port.addresses.push_back({ip_of("fd00::1"), 64});
  port.gateways = {ip_of("10.0.0.254")};
  dataplane::PortSetup port_setup;
  port_setup.workers = workers;
  port_setup.udp_port_base = udp_port_base;
  port_setup.pools = pools_.get();
  auto adopted = dataplane::Port::adopt(ethdev_, port, port_setup);
  if (!adopted) std::fprintf(stderr, "%s\n", adopted.error().message.c_str());
  SLUICE_ASSERT(adopted.ok());
  port_ = std::move(*adopted);
  ports_ = {port_.get()};
  logs_ = std::make_unique<dataplane::TrackLogs>(setup.capacities.tracks, setup.logs);
  links_ = std::make_unique<dataplane::Links>(workers);
  homes_ = std::make_unique<dataplane::Homes>(setup.capacities.endpoints);
  make_workers();
}

NodeRig::~NodeRig() {
  workers_.clear();
  port_.reset();
  rte_eth_dev_close(ethdev_);  // adopted, so it is the rig's; a process has room for 32
  drain();
  for (rte_ring* r : to_node_) rte_ring_free(r);
  for (rte_ring* r : from_node_) rte_ring_free(r);
  publisher_.reset();
  capture_desk_.reset();
  region_.reset();
  const Status removed = shm::Region::remove(directory_);
  SLUICE_ASSERT(removed.ok());
  std::filesystem::remove_all(directory_);  // and the lock files
}

void NodeRig::make_workers() {
  for (uint32_t i = 0; i < setup_.capacities.workers; ++i) {
    dataplane::WorkerSetup w;
    w.node = {.region = region_.get(),
              .logs = logs_.get(),
              .links = links_.get(),
              .homes = homes_.get(),
              .handover = handover_.get(),
              .ports = ports_,
              .key_frame_interval_ns = 500 * ns_per_ms,
              .stage_counters = setup_.stage_counters,
              .slice_ticks = setup_.slices_per_s != 0 ? rte_get_tsc_hz() / setup_.slices_per_s : 0,
              .capture = &capture_desk_->board()};
    w.id = i;
    w.pool = pools_->transmit(i);
    w.engine = setup_.engine;
    auto worker = dataplane::Worker::create(w);
    if (!worker) std::fprintf(stderr, "%s\n", worker.error().message.c_str());
    SLUICE_ASSERT(worker.ok());
    workers_.push_back(std::move(*worker));
  }
}

void NodeRig::restart_workers() {
  workers_.clear();
  logs_ = std::make_unique<dataplane::TrackLogs>(setup_.capacities.tracks, setup_.logs);
  homes_ = std::make_unique<dataplane::Homes>(setup_.capacities.endpoints);
  make_workers();
}

shm::Counters NodeRig::counters() {
  shm::Counters sum;
  for (const auto& w : workers_) {
    for (std::size_t i = 0; i < shm::counter_count; ++i)
      sum.values[i] += w->core().counters.values[i];
  }
  return sum;
}

uint32_t NodeRig::handover_pending() const {
  uint32_t n = 0;
  for (uint32_t w = 0; w < workers_.size(); ++w) n += handover_->pending(w);
  return n;
}

Client NodeRig::add_client(ClientRecord record, const SocketAddress& address,
                           srtp::Profile profile) {
  Client c;
  ++clients_;
  char text[40];
  std::snprintf(text, sizeof text, "u%07x", clients_);
  c.ufrag = text;
  std::snprintf(text, sizeof text, "pwdpwdpwdpwdpwdpwdpwdpwd%08x", clients_);
  c.pwd = text;
  c.address = address;
  c.profile = profile;
  c.home = record.home_worker;
  fill_random(c.to_node.key.data(), c.to_node.key.size());
  fill_random(c.to_node.salt.data(), c.to_node.salt.size());
  fill_random(c.from_node.key.data(), c.from_node.key.size());
  fill_random(c.from_node.salt.data(), c.from_node.salt.size());
  record.id = clients_;
  record.ufrag = shm::Text<16>(c.ufrag);
  record.srtp_profile = profile;
  record.rtcp_ssrc = 0xf0000000 + clients_;
  record.key_epoch = 1;
  shm::EndpointKeys keys;
  keys.epoch = 1;
  keys.profile = profile;
  keys.recv = c.to_node;
  keys.send = c.from_node;
  keys.ice_pwd = shm::Text<40>(c.pwd);
  const auto ref = publisher_->publish(record, keys, record);
  if (!ref) std::fprintf(stderr, "%s\n", ref.error().message.c_str());
  SLUICE_ASSERT(ref.ok());
  c.endpoint = *ref;
  return c;
}

void NodeRig::check(const Client& client, bool nominating) {
  uint8_t buffer[256];
  wire::StunTransactionId id{};
  ++transaction_;
  std::memcpy(id.data(), &transaction_, sizeof transaction_);
  wire::StunWriter w(buffer, wire::StunType::binding_request, id);
  w.add_username(client.ufrag + ":peer");
  w.add_u32(wire::StunAttribute::priority, 1);
  w.add_u64(wire::StunAttribute::ice_controlling, 7);
  if (nominating) w.add(wire::StunAttribute::use_candidate, {});
  const std::size_t length = proto::finish_with_integrity(w, client.pwd);
  SLUICE_ASSERT(length != 0);
  send(client, {buffer, length});
}

void NodeRig::send(const Client& client, wire::ByteView payload) {
  push(client, make_frame(client, payload));
}

void NodeRig::push(const Client& client, rte_mbuf* frame) {
  enqueue(frame, setup_.deliver_home ? client.home : next_queue());
}

rte_mbuf* NodeRig::make_frame(const Client& client, wire::ByteView payload) {
  uint8_t frame[2'048];
  wire::ByteSpan out(frame);
  std::size_t n =
      wire::write_ethernet(out, port_->attachment().mac, gateway_mac, 0, wire::ether_type_ipv4);
  n += wire::write_ipv4(out.subspan(n),
                        {.source = client.address.ip, .destination = ip_of("10.0.0.1")},
                        wire::udp_header_length + payload.size());
  n += wire::write_udp(out.subspan(n), client.address.port,
                       static_cast<uint16_t>(udp_port_base + client.home), payload.size());
  std::memcpy(frame + n, payload.data(), payload.size());
  return copy_of({frame, n + payload.size()}, setup_.deliver_home ? client.home : 0);
}

rte_mbuf* NodeRig::copy_of(wire::ByteView frame, uint32_t worker) {
  rte_mbuf* m = rte_pktmbuf_alloc(pools_->receive(worker));
  SLUICE_ASSERT(m != nullptr);
  std::memcpy(rte_pktmbuf_append(m, static_cast<uint16_t>(frame.size())), frame.data(),
              frame.size());
  return m;
}

void NodeRig::enqueue(rte_mbuf* frame, uint32_t queue) {
  if (rte_ring_enqueue(to_node_[queue], frame) != 0) rte_pktmbuf_free(frame);
}

bool NodeRig::deliver(wire::ByteView frame) {
  const uint32_t queue = next_queue();
  rte_mbuf* m = rte_pktmbuf_alloc(pools_->receive(queue));
  if (m == nullptr) return false;
  char* at = rte_pktmbuf_append(m, static_cast<uint16_t>(frame.size()));
  const bool fits = at != nullptr;
  if (fits && !frame.empty()) std::memcpy(at, frame.data(), frame.size());
  if (fits && rte_ring_enqueue(to_node_[queue], m) == 0) return true;
  rte_pktmbuf_free(m);
  return false;
}

uint32_t NodeRig::buffers_out() const {
  uint32_t n = 0;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    n += rte_mempool_in_use_count(pools_->receive(static_cast<uint32_t>(w)));
    n += rte_mempool_in_use_count(pools_->transmit(static_cast<uint32_t>(w))) -
         static_cast<uint32_t>(workers_[w]->core().supply.reserved() +
                               workers_[w]->core().fan_out.stashed());
  }
  return n;
}

bool NodeRig::step() {
  bool busy = false;
  for (uint32_t w = 0; w < workers_.size(); ++w) busy |= step(w, now_);
  return busy;
}

bool NodeRig::step(uint32_t worker, TimeNs now) {
  return workers_[worker]->loop(now, wall_clock_start + now);
}

bool NodeRig::answer_arp(wire::ByteView frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet || ethernet->ether_type != wire::ether_type_arp) return false;
  const auto arp = wire::parse_arp(ethernet->payload);
  if (!arp || arp->operation != wire::ArpOperation::request ||
      arp->target_ip != ip_of("10.0.0.254"))
    return true;
  uint8_t reply[64];
  std::size_t n =
      wire::write_ethernet(reply, arp->sender_mac, gateway_mac, 0, wire::ether_type_arp);
  n += wire::write_arp(
      wire::ByteSpan(reply).subspan(n),
      {wire::ArpOperation::reply, gateway_mac, arp->target_ip, arp->sender_mac, arp->sender_ip});
  enqueue(copy_of({reply, n}, 0), next_queue());
  return true;
}

std::vector<Datagram> NodeRig::receive() {
  std::vector<Datagram> out;
  void* m = nullptr;
  for (rte_ring* queue : from_node_)
    while (rte_ring_dequeue(queue, &m) == 0) {
      auto* mbuf = static_cast<rte_mbuf*>(m);
      const wire::ByteView frame(rte_pktmbuf_mtod(mbuf, const uint8_t*), mbuf->data_len);
      if (!answer_arp(frame)) {
        const auto ethernet = wire::parse_ethernet(frame);
        const auto ip = ethernet ? wire::parse_ipv4(ethernet->payload) : std::nullopt;
        const auto udp = ip ? wire::parse_udp(ip->payload) : std::nullopt;
        if (udp) {
          out.push_back({{ip->destination(), udp->destination_port(), 0},
                         {udp->payload.begin(), udp->payload.end()}});
        }
      }
      rte_pktmbuf_free(mbuf);
    }
  return out;
}

std::size_t NodeRig::drain() {
  std::size_t n = 0;
  void* batch[64];
  unsigned got;
  for (rte_ring* queue : from_node_)
    while ((got = rte_ring_dequeue_burst(queue, batch, 64, nullptr)) != 0) {
      for (unsigned i = 0; i < got; ++i) {
        auto* m = static_cast<rte_mbuf*>(batch[i]);
        if (!answer_arp({rte_pktmbuf_mtod(m, const uint8_t*), m->data_len})) ++n;
        rte_pktmbuf_free(m);
      }
    }
  return n;
}

}  // namespace sluice::rig
