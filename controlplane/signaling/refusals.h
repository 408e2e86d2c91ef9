// What was refused to clients of the HTTP listeners for how they behaved: counted, since each alone
// is in no log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::signaling {

enum class Refusal : uint8_t {
  handshake,      // TLS that failed or took too long
  slow_request,   // not whole in time
  large_request,  // header or body
  bad_request,    // not HTTP
  slow_reader,    // does not take its answer or its messages
  large_message,  // of a WebSocket whose client waits to be told
  bad_message,    // one that is no text, or breaks RFC 6455
  many_messages,
};
// Values of the metric's label `reason`, in the order of Refusal.
inline constexpr std::array<std::string_view, 8> refusal_names = {
    "handshake",   "slow_request",  "large_request", "bad_request",
    "slow_reader", "large_message", "bad_message",   "many_messages"};

class Refusals {
 public:
  void count(Refusal r) { ++counts_[static_cast<std::size_t>(r)]; }
  uint64_t of(Refusal r) const { return counts_[static_cast<std::size_t>(r)]; }

 private:
  std::array<uint64_t, refusal_names.size()> counts_{};
};

}  // namespace sluice::signaling
