// SocketFloor: the bench's side of the socket floor. The floor is a child on two pipes that runs a
// block when it is told to and sleeps otherwise, so that bench and floor alternate on one core.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/srtp_profile.h"
#include "perf/socket_floor/talk.h"

namespace sluice::perf {

struct SocketFloorSetup {
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  uint32_t receivers = 1;
  uint32_t size = 1'200;  // of the SRTP packet
  uint32_t core = 0;
};

class SocketFloor {
 public:
  // The floor's program beside this one, built first when it has to be (one line says so). Empty:
  // it cannot be had, and a line on stderr says why.
  static std::string program();
  // Returns when the child has made its sessions. Null: it did not, and has said why.
  static std::unique_ptr<SocketFloor> start(const std::string& program,
                                            const SocketFloorSetup& setup);
  ~SocketFloor();
  SocketFloor(const SocketFloor&) = delete;
  SocketFloor& operator=(const SocketFloor&) = delete;

  // Nanoseconds per packet of one block. Empty: the child is gone, or the kernel lost packets.
  std::optional<double> run(SocketWay way, uint32_t packets_per_visit, double seconds);

 private:
  SocketFloor(pid_t child, int orders, int answers)
      : child_(child), orders_(orders), answers_(answers) {}
  bool hear(BlockAnswer& answer) const;

  pid_t child_;
  int orders_;
  int answers_;
};

}  // namespace sluice::perf
