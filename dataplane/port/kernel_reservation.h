// On an interface shared with the kernel, the kernel sees a copy of every datagram for our UDP
// ports and would answer "port unreachable". Sockets that are bound and deaf keep it quiet, and
// keep other programs off the ports.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"
#include "dataplane/port/attachment.h"

namespace sluice::dataplane {

class KernelReservation {
 public:
  KernelReservation() = default;
  // The error says which address and port, and who may be in the way.
  static Result<KernelReservation> take(const Attachment& attachment, uint16_t udp_port_base,
                                        uint32_t workers);
  KernelReservation(KernelReservation&& other) noexcept : sockets_(std::move(other.sockets_)) {}
  KernelReservation& operator=(KernelReservation&& other) noexcept {
    std::swap(sockets_, other.sockets_);
    return *this;
  }
  ~KernelReservation();

 private:
  std::vector<int> sockets_;
};

}  // namespace sluice::dataplane
