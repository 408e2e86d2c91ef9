// NodeRig: a whole data-plane node in one process, without a NIC: a real region, a real publisher
// of tables, the real worker, and a net_ring port whose other end is the rig. Time is whatever the
// caller says.
//
//   rig (clients, gateway)  --to_node-->  net_ring port  ->  Worker
//                           <--from_node--
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/shm/publisher.h"
#include "common/shm/region.h"
#include "common/srtp/engine.h"
#include "common/wire/bytes.h"
#include "common/wire/ethernet.h"
#include "dataplane/capture_desk.h"
#include "dataplane/port/handover.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/port.h"
#include "dataplane/worker.h"

struct rte_mbuf;
struct rte_ring;

namespace sluice::rig {

// What a client negotiated goes with its record.
struct ClientRecord : shm::EndpointRecord, shm::NegotiationRecord {};

struct RigSetup {
  shm::Capacities capacities;  // workers too: one queue each, stepped in turns
  srtp::EngineKind engine = srtp::EngineKind::multi_buffer;
  uint32_t mbufs = 8'192;
  uint32_t ring_size = 4'096;  // frames between rig and node, each way
  dataplane::LogShape logs;
  bool hugepages = false;
  uint32_t memory_mib = 256;
  bool stage_counters = true;
  uint64_t slices_per_s = 0;  // of fan-out; 0: by packets alone, so that a run repeats exactly
  std::vector<uint32_t> cores =
      std::vector<uint32_t>(1);  // of EAL's worker threads, for who launches the workers on them
  bool ipv6 = false;             // the port has fd00::1/64 as well, and announces it
  bool deliver_home = false;     // true: frames arrive at the queue of the client's home worker
};

// The wall clock of every rig at its time 0.
inline constexpr UnixNs wall_clock_start = 1'700'000'000 * ns_per_s;

// A client as the tables and the wire see it.
struct Client {
  shm::SlotRef endpoint;
  std::string ufrag;
  std::string pwd;
  SocketAddress address;
  uint8_t home = 0;  // worker
  srtp::Profile profile = srtp::Profile::none;
  srtp::MasterKey to_node;    // the client's sending key
  srtp::MasterKey from_node;  // Sluice's sending key
};

// One UDP datagram that left the node.
struct Datagram {
  SocketAddress to;
  std::vector<uint8_t> bytes;
};

// EAL for a test or bench process: once, without files or devices, as the first setup says.
void start_eal_once(const RigSetup& setup);

class NodeRig {
 public:
  explicit NodeRig(const RigSetup& setup);
  ~NodeRig();

  shm::Publisher& publisher() { return *publisher_; }
  shm::Region& region() { return *region_; }
  // Looks when the caller says so, at the rig's clock or any other.
  dataplane::CaptureDesk& capture_desk() { return *capture_desk_; }
  dataplane::Core& core(uint32_t worker = 0) { return workers_[worker]->core(); }
  uint32_t workers() const { return static_cast<uint32_t>(workers_.size()); }
  // Of one worker, and of the node: the sum.
  const shm::Counters& counters(uint32_t worker) { return workers_[worker]->core().counters; }
  shm::Counters counters();
  // Packets between workers, in neither's counters yet.
  uint32_t handover_pending() const;

  // Publishes an endpoint with fresh random keys; `record` needs only what is special about it.
  Client add_client(ClientRecord record, const SocketAddress& address, srtp::Profile profile);
  // A STUN check from the client, as a browser sends it.
  void check(const Client& client, bool nominating = true);
  // A datagram from the client to its home worker's UDP port, by a queue that need not be that
  // worker's (deliver_home says otherwise).
  void send(const Client& client, wire::ByteView payload);
  // The same in two steps, for who must not spend time between them: the frame is the caller's
  // until it is pushed.
  rte_mbuf* make_frame(const Client& client, wire::ByteView payload);
  void push(const Client& client, rte_mbuf* frame);
  // Any bytes as a frame from the wire. False: the ring to the node, or its pool, is full.
  bool deliver(wire::ByteView frame);
  // Buffers of the receive pools that are somewhere else, and of the transmit pools those that no
  // worker keeps for what it sends next.
  uint32_t buffers_out() const;
  wire::MacAddress mac() const { return port_->attachment().mac; }
  // One iteration of each worker at the rig's clock, or of one at a clock of the caller's.
  bool step();
  bool step(uint32_t worker, TimeNs now);
  void advance(TimeNs by) { now_ += by; }
  TimeNs now() const { return now_; }
  // What the node has sent since the last call; ARP for the gateway is answered and left out.
  std::vector<Datagram> receive();
  // The same without keeping anything but a count (all frames but ARP).
  std::size_t drain();
  rte_ring* output(uint32_t worker = 0) { return from_node_[worker]; }
  // Kills the workers as kill -9 would and starts others on the same region.
  void restart_workers();

 private:
  void make_workers();
  rte_mbuf* copy_of(wire::ByteView frame, uint32_t worker);
  void enqueue(rte_mbuf* frame, uint32_t queue);
  uint32_t next_queue() { return queue_++ % static_cast<uint32_t>(to_node_.size()); }
  bool answer_arp(wire::ByteView frame);

  RigSetup setup_;
  std::string directory_;
  std::unique_ptr<shm::Region> region_;
  std::unique_ptr<shm::Publisher> publisher_;
  std::unique_ptr<dataplane::CaptureDesk> capture_desk_;
  std::unique_ptr<dataplane::MbufPools> pools_;
  std::unique_ptr<dataplane::Handover> handover_;
  std::vector<rte_ring*> to_node_;    // by queue
  std::vector<rte_ring*> from_node_;  // by queue
  uint32_t queue_ = 0;
  uint16_t ethdev_ = 0;
  std::unique_ptr<dataplane::Port> port_;
  std::vector<dataplane::Port*> ports_;
  std::unique_ptr<dataplane::TrackLogs> logs_;
  std::unique_ptr<dataplane::Links> links_;
  std::unique_ptr<dataplane::Homes> homes_;
  std::vector<std::unique_ptr<dataplane::Worker>> workers_;
  TimeNs now_ = 1'000 * ns_per_s;
  uint32_t clients_ = 0;
  uint64_t transaction_ = 0;
};

}  // namespace sluice::rig
