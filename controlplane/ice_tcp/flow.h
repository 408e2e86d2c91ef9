// One client on TCP and its UDP flow to a worker. What comes is not looked at: the worker judges.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/result.h"

namespace sluice::ice_tcp {

// Packets of either kind that WebRTC sends fit an Ethernet frame.
inline constexpr std::size_t packet_length_max = 2'048;
// What waits for a client whose TCP is slow, at most: about a second of video.
inline constexpr std::size_t queued_bytes_max = 256 * 1'024;

struct FlowLimits {
  // A worker answers nobody but who knows a password: a client without an answer in this time goes.
  std::chrono::milliseconds answer{10'000};
  // RFC 7675 s5.1: consent ends after 30 s without a check.
  std::chrono::milliseconds silence{30'000};
};

// Sums over all flows of a process.
struct FlowCounters {
  uint64_t opened = 0;
  uint64_t ended_by_client = 0;
  uint64_t ended_unanswered = 0;
  uint64_t ended_silent = 0;
  uint64_t ended_oversized = 0;  // a frame longer than packet_length_max
  uint64_t packets_in = 0;       // client to worker
  uint64_t packets_out = 0;
  uint64_t bytes_in = 0;  // of the packets that were passed, without the frames' headers
  uint64_t bytes_out = 0;
  uint64_t dropped_in = 0;   // the kernel did not take it
  uint64_t dropped_out = 0;  // more waits for the client than queued_bytes_max
  bool operator==(const FlowCounters&) const = default;
};

class Flow : public std::enable_shared_from_this<Flow> {
 public:
  using Clock = std::chrono::steady_clock;

  // `counters` outlives it.
  Flow(boost::asio::ip::tcp::socket client, const FlowLimits& limits, FlowCounters& counters);

  // Connects a UDP socket of its own to the worker. Errors: the system's.
  Status start(const boost::asio::ip::udp::endpoint& worker);
  // Ends a flow whose time is over. True when it has ended, for whatever reason.
  bool sweep(Clock::time_point now);
  // At once; nothing is heard of it afterwards.
  void close();

 private:
  void read_client();
  // False: the client said what it may not.
  bool take_frames();
  void read_worker();
  void take_datagrams();
  void write_client();
  void end(uint64_t& reason);

  boost::asio::ip::tcp::socket client_;
  boost::asio::ip::udp::socket worker_;
  const FlowLimits& limits_;
  FlowCounters& counters_;
  bool open_ = true;
  bool answered_ = false;
  bool writing_ = false;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point heard_ = begun_;  // from the client
  std::array<uint8_t, 2 + packet_length_max> in_;
  std::size_t in_length_ = 0;
  std::vector<uint8_t> waiting_, on_the_way_;  // frames to the client
};

}  // namespace sluice::ice_tcp
