// The full agent's side of ICE against a lite server (RFC 8445): it controls, nominates the one
// pair with its first check, and keeps consent alive (RFC 7675). Sans-IO.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/time.h"
#include "common/wire/stun.h"
#include "tools/loadgen/random.h"

namespace sluice::loadgen {

struct IceCredentials {
  std::string ufrag;
  std::string pwd;
};

class IceClient {
 public:
  enum class Outcome : uint8_t { nothing, connected };

  IceClient(const IceCredentials& local, const IceCredentials& remote, uint64_t seed);

  // When poll_check() has something to send.
  TimeNs due() const { return due_; }
  // The next check into `out`: its length, 0 when none is due.
  std::size_t poll_check(TimeNs now, wire::ByteSpan out);
  // `connected` once, with the first valid answer.
  Outcome on_datagram(wire::ByteView datagram, TimeNs now);

  bool is_connected() const { return answered_at_ != 0; }
  // RFC 7675 s5.1: no valid answer for 30 s.
  bool has_expired(TimeNs now) const;

 private:
  static constexpr std::size_t outstanding_max = 4;

  std::string username_;
  std::string remote_pwd_;
  Random random_;
  uint64_t tie_breaker_;
  std::array<wire::StunTransactionId, outstanding_max> outstanding_{};
  std::size_t checks_ = 0;
  TimeNs due_ = 0;
  TimeNs wait_;
  TimeNs answered_at_ = 0;
};

}  // namespace sluice::loadgen
