// One case of the fan-out bench: N receivers, a packet size, a suite; the worker and its floors in
// blocks of 10 ms that alternate on one core. Before each block comes one pass over the buffers
// that does not count: their memory has gone cold while the others ran, and it would cost the first
// pass 500 ns a packet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "perf/audience.h"
#include "perf/socket_floor/socket_floor.h"

namespace sluice::perf {

struct FanoutCase {
  uint32_t receivers = 1;
  uint32_t size = 1'200;  // of the SRTP packet
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  Codec codec = Codec::h264;
  uint32_t core = 0;
  std::string floor_program;  // empty: no socket floor
};

// Medians over the blocks; a ratio is the median of the ratios of neighbouring blocks.
struct FanoutResult {
  double worker_ns = 0;
  double cipher_ns = 0;
  std::array<double, socket_ways> socket_ns{};  // by SocketWay; 0: not measured
  double to_cipher = 0;                         // bare cipher's time / worker's
  std::array<double, socket_ways> to_socket{};  // floor's time / worker's; 0: not measured
  double visit = 0;                             // packets a visit, as counted
  uint64_t sent = 0, dropped = 0;
  CheckCounts checked;
};

class FanoutBench {
 public:
  explicit FanoutBench(const FanoutCase& c);
  FanoutResult run(uint32_t packets_per_visit, double seconds);

 private:
  static AudienceSetup setup(const FanoutCase& c);
  static rig::RigSetup rig_setup(const FanoutCase& c);
  void round(uint32_t packets_per_visit);
  double worker_block(uint32_t packets_per_visit);

  FanoutCase case_;
  rig::NodeRig rig_;
  Audience audience_;
  std::unique_ptr<SocketFloor> sockets_;
};

}  // namespace sluice::perf
