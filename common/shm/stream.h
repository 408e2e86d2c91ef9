// stream: one outgoing RTP stream of an endpoint. It lives exactly as long as the endpoint's key
// and is never restarted: whatever feeds it, its numbers continue.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/codec.h"
#include "common/shm/constant.h"
#include "common/shm/rtcp_replay.h"
#include "common/shm/slot.h"
#include "common/shm/text.h"

namespace sluice::shm {

// control_written. Constant for the life of the slot.
struct StreamRecord {
  uint64_t id = 0;
  SlotRef endpoint;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;  // 0 = none
  uint32_t initial_timestamp = 0;
  uint16_t initial_seq = 0;  // random below 2^15, roll-over counter 0
  MediaKind kind = MediaKind::none;
  uint8_t reserved = 0;
  // RFC 7022 s4.2: 16 characters of base64 are 96 bits. The same for both streams of a pair.
  PaddedText<16> cname;
};
static_assert(sizeof(StreamRecord) == 48);

// worker_written: one cache line, the only region line that fan-out writes per receiver.
struct StreamState {
  std::atomic<uint64_t> next_index{
      0};  // 48-bit next SRTP index, stored before the packet is encrypted
  std::atomic<uint64_t> rtx_next_index{0};
  std::atomic<uint64_t> packets{0}, bytes{0};
  std::atomic<uint64_t> reports{0};  // receiver report: fraction lost << 32 | jitter
  RtcpHighest rtcp_highest{0};
  RtcpWindow rtcp_window{0};
  std::atomic<uint32_t> generation{0};  // stored after next_index was set to initial_seq
  std::atomic<uint32_t> rtt_us{0};
  uint32_t reserved = 0;
};
static_assert(sizeof(StreamState) == 64);

struct alignas(64) Stream {
  using Record = StreamRecord;
  SlotHead head;
  Constant<StreamRecord> record;
  alignas(64) StreamState state;
};
static_assert(sizeof(Stream) == 128);

}  // namespace sluice::shm
