// What goes out: datagrams written straight into packet buffers, given to the port in bursts.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/ip.h"
#include "common/wire/bytes.h"
#include "tools/loadgen/port.h"

namespace sluice::loadgen {

// Where a datagram goes.
struct Route {
  SocketAddress local;
  SocketAddress remote;
  wire::MacAddress next_hop;
};

class Outbox {
 public:
  static constexpr std::size_t payload_max = 1'472;  // of UDP in an Ethernet frame

  // A datagram being written. No buffer was left: `mbuf` is null.
  struct Draft {
    rte_mbuf* mbuf = nullptr;
    uint8_t* payload = nullptr;  // payload_max bytes, 64-byte aligned
  };

  explicit Outbox(const Port& port) : port_(port) {}
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  Draft draft();
  // Ends the draft: gone out, or kept for the port.
  void send(const Draft& draft, std::size_t length, const Route& route);
  // A datagram that lies elsewhere.
  void send(wire::ByteView datagram, const Route& route);
  // A whole frame.
  void send_frame(wire::ByteView frame);
  // Offers the port what is kept; what it does not take within a bounded time is dropped.
  void flush();

  uint64_t packets() const { return packets_; }
  uint64_t dropped() const { return dropped_; }  // no buffer, or the port stayed full

 private:
  void keep(rte_mbuf* m);

  const Port& port_;
  std::array<rte_mbuf*, Port::burst_max> kept_{};
  uint16_t count_ = 0;
  uint64_t packets_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace sluice::loadgen
