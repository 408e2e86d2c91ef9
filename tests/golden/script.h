// Writes the input of a golden case: frames as gateways, neighbours and clients of its tables would
// send them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/golden/pcap.h"
#include "tests/golden/tables.h"
#include "tests/rig/media.h"

namespace sluice::golden {

class Script {
 public:
  explicit Script(const Tables& tables) : tables_(tables) {}

  Script& at_ms(int64_t t) {
    now_ = t * ns_per_ms;
    return *this;
  }
  Script& wait_ms(int64_t t) {
    now_ += t * ns_per_ms;
    return *this;
  }
  void frame(std::vector<uint8_t> bytes) { frames_.push_back({now_, std::move(bytes)}); }
  // The gateways answer ARP and neighbour solicitation.
  void gateways();
  // A UDP datagram to the worker's port.
  void datagram(const SocketAddress& from, const std::vector<uint8_t>& payload);
  // A nominating STUN check of that endpoint; `password` other than its own makes it a forged one.
  void check(const std::string& endpoint, const std::string& password = "");
  void rtp(const std::string& endpoint, const rig::PacketSpec& spec);
  void rtcp(const std::string& endpoint, wire::ByteView plain);
  // The datagram sent last, once more, with one bit of its last byte changed when `forged`.
  void repeat(bool forged);

  const std::vector<Frame>& frames() const { return frames_; }

 private:
  rig::SrtpPeer& peer(const std::string& endpoint);

  const Tables& tables_;
  TimeNs now_ = 0;
  uint64_t transaction_ = 0;
  std::vector<Frame> frames_;
  std::map<std::string, std::unique_ptr<rig::SrtpPeer>> peers_;
};

}  // namespace sluice::golden
