// Mirror: copies frames of one endpoint or one track, as they came and as they were given to a
// port, into the ring of a tool that captures (shm/capture.h). While nobody does, all of it is one
// branch per batch. A full ring costs its frames, counted, and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/shm/capture_file.h"
#include "common/wire/bytes.h"
#include "common/wire/demux.h"
#include "dataplane/packet.h"

struct rte_mbuf;

namespace sluice::dataplane {

struct Core;

// Where the main thread tells the workers what to mirror. An order that names nothing: nothing.
struct CaptureBoard {
  shm::CaptureFile* file = nullptr;
  shm::Versioned<shm::CaptureRequest> order;
};

class Mirror {
 public:
  // board: null where nobody captures. The core outlives it.
  Mirror(Core& core, CaptureBoard* board, uint32_t worker);

  // Once per loop, when the news are taken: is there something to mirror in it?
  void begin_loop() {
    if (board_ == nullptr) return;
    if (board_->order.version() != version_) [[unlikely]]
      take_order();
    if (order_.names_something()) [[unlikely]]
      look_around();
  }
  bool running() const { return running_; }

  // A burst before its stages take it.
  void received(const Classified& burst);
  // Before a port is given frames, at most burst_max, and then how many of them it took.
  void offer(uint8_t port, std::span<rte_mbuf* const> frames);
  void taken(std::size_t count);

 private:
  struct Offered {
    std::size_t index;
    bool stored;  // behind the ring's end, not committed
  };
  void take_order();
  void look_around();
  bool wants_received(const Packet& p, wire::Protocol protocol);
  bool is_of_endpoint(const Packet& p, wire::Protocol protocol);
  bool is_of_track(const Packet& p, wire::Protocol protocol) const;
  bool wants_sent(const Flow& to, wire::ByteView datagram) const;
  bool store(const rte_mbuf* m, uint8_t port, bool outbound, uint64_t ahead);
  void lose(uint8_t port);
  UnixNs wall_clock() const;

  Core& core_;
  CaptureBoard* board_;
  shm::CaptureWorker* state_ = nullptr;
  shm::Ring<shm::CapturedFrame> ring_;
  shm::CaptureRequest order_;
  uint32_t version_ = 0;
  bool running_ = false;
  bool at_home_ = false;  // of a track: what comes in of it comes in here
  uint64_t mirrored_ = 0;
  uint64_t began_ticks_ = 0;      // when the loop began
  std::array<Flow, 4> asking_{};  // whence the last checks for the endpoint came
  std::size_t asked_ = 0;
  uint8_t offered_port_ = 0;
  std::size_t offered_count_ = 0;
  std::array<Offered, burst_max> offered_;
};

}  // namespace sluice::dataplane
