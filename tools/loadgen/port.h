// The one network port: an ethdev with a queue pair, and the packet buffers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/wire/ethernet.h"

struct rte_mbuf;
struct rte_mempool;

namespace sluice::loadgen {

class Port {
 public:
  static constexpr uint16_t burst_max = 64;

  // EAL runs. Errors name the device and the remedy.
  static Result<std::unique_ptr<Port>> open(const std::string& device);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  const wire::MacAddress& mac() const { return mac_; }
  rte_mempool* pool() const { return pool_; }
  // At most burst_max frames, which are the caller's then.
  uint16_t receive(rte_mbuf** frames) const;
  // How many the port took, from the front.
  uint16_t transmit(rte_mbuf** frames, uint16_t count) const;
  // Frames the device lost for want of a buffer or a descriptor.
  uint64_t missed() const;

 private:
  Port() = default;
  Status start(const std::string& device);

  uint16_t ethdev_ = 0;
  bool attached_ = false;
  rte_mempool* pool_ = nullptr;
  wire::MacAddress mac_;
};

}  // namespace sluice::loadgen
