// Receiver: what fan-out has to know of one subscription, in two cache lines. Everything else is
// per class or cold.
#pragma once

#include <array>
#include <cstdint>

#include "common/shm/stream.h"
#include "common/srtp/engine.h"

namespace sluice::dataplane {

struct ForwardClass;

enum ReceiverFlag : uint16_t {
  receiver_ready = 1,  // keys, consent and address
  receiver_open = 2,   // its numbers are fixed to the class
  receiver_paused = 4,
  receiver_told = 8,  // that it opened
};

struct alignas(128) Receiver {
  // Line one: place and numbers.
  ForwardClass* forward_class = nullptr;  // null: no payload type for the codec
  uint64_t position = 0;                  // next entry of the class log
  uint64_t considered = 0;                // log packets accounted for so far, by the class's count
  uint64_t index_offset = 0;  // outgoing SRTP index = class index + index_offset (mod 2^48)
  uint64_t index_floor = 0;   // class index at which it opened: older numbers are never sent
  shm::StreamState* state = nullptr;  // the one region line written
  uint32_t timestamp_offset = 0;      // outgoing = class timestamp + timestamp_offset
  uint32_t last_timestamp = 0;        // outgoing, of the newest packet sent
  uint32_t report_due_ms = 0;         // next sender report, loop clock
  uint32_t packets = 0;               // since it opened
  // Line two: keys and the way out.
  const srtp::SessionKey* key = nullptr;
  uint32_t ssrc = 0;
  uint32_t stream = 0;  // slots
  uint32_t subscription = 0;
  uint32_t endpoint = 0;
  std::array<uint8_t, 16> remote_ip{};
  uint16_t remote_port = 0;
  uint16_t hop = 0;
  uint16_t flags = 0;
  uint16_t overhead = 0;  // bytes the key's profile adds to a packet
  uint32_t track = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(Receiver) == 128);

}  // namespace sluice::dataplane
