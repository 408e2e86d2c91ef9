// Stage tx: what this worker sends, in order, one tail of unsent frames per port.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/wire/bytes.h"
#include "dataplane/packet.h"

struct rte_mbuf;

namespace sluice::dataplane {

class FrameSupply;
class HopCache;
class Mirror;
class Port;

inline constexpr std::size_t tx_tail_max = 1'024;  // frames per port
// A queue that takes nothing for this long loses its tail, and from then on what it does not take
// at once.
inline constexpr TimeNs tx_patience_ns = 2 * ns_per_ms;

class Tx {
 public:
  Tx(std::span<Port* const> ports, uint32_t worker, FrameSupply& supply, shm::Counters& counters);
  ~Tx();  // frees the tails
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  // Media frames for one port, in order, each with its length in bytes. Takes them in any case:
  // what the port does not take now waits, and what finds no room to wait is dropped and counted.
  void send_media(uint8_t port, std::span<rte_mbuf*> frames, std::span<const uint16_t> lengths,
                  TimeNs now);
  // Takes the mbuf, whole frame set, in any case. False: the tail was full and it is dropped and
  // counted.
  bool push_control(uint8_t port, rte_mbuf* m);
  // A datagram that the worker itself makes (STUN, DTLS, RTCP), copied from `bytes`. False: no next
  // hop, no mbuf, too long or no room; counted as tx_control_dropped.
  bool send_datagram(HopCache& hops, const Flow& flow, wire::ByteView bytes, TimeNs now);
  // A whole frame as control.
  bool send_frame(uint8_t port, wire::ByteView frame);

  // Who is shown the frames that ports are given from now on; null: nobody.
  void mirror_to(Mirror* mirror) { mirror_ = mirror; }

  // Gives each port what is due; at the end of a loop.
  void flush(TimeNs now);
  // The port's queue did not take the last burst whole: fan-out stops its sweep. A visit that has
  // begun may push tx_tail_max - burst_max frames more.
  bool blocked(uint8_t port) const { return tails_[port].standing; }

 private:
  struct Tail {
    std::size_t head = 0, end = 0;  // unsent: [head, end)
    bool standing = false;          // the last burst was not taken whole
    bool stuck = false;             // patience is spent: nothing waits until the queue moves again
    TimeNs since = 0;               // no progress since
    std::array<rte_mbuf*, tx_tail_max> frames;
    std::array<uint16_t, tx_tail_max> lengths;  // of the frames
    std::array<bool, tx_tail_max> media;
    std::size_t count() const { return end - head; }
  };
  uint16_t transmit(uint8_t port, rte_mbuf** frames, std::size_t count);
  bool push(Tail& t, rte_mbuf* m, uint16_t length, bool media);
  void make_room(Tail& t);
  void flush_port(uint8_t port, TimeNs now);
  void count_sent(const Tail& t, std::size_t n);
  void drop(Tail& t);

  std::span<Port* const> ports_;
  uint32_t worker_;
  FrameSupply& supply_;
  shm::Counters& counters_;
  std::vector<Tail> tails_;
  Mirror* mirror_ = nullptr;
};

}  // namespace sluice::dataplane
