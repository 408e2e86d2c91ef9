// How a worker takes over the worker_written part of a slot, and how it spends the numbers that
// must never repeat.
//
// Everything here survives the worker: what was handed out is in the region before the caller gets
// it.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/shm/endpoint.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {

// The home worker calls this before it uses the state of generation `g`. True: the state is of this
// very use of the slot (a restart), its numbers continue. False: it was another's and now begins
// anew.
bool open_state(EndpointState& s, Generation g);
bool open_state(TrackState& s, Generation g);
bool open_state(StreamState& s, const StreamRecord& r, Generation g);
bool open_state(SubscriptionState& s, Generation g);

// RFC 3711 s9.2: at most 2^48 SRTP packets under one key.
inline constexpr uint64_t srtp_index_end = uint64_t{1} << 48;
inline constexpr uint64_t srtp_index_none = ~uint64_t{0};

// The first of `n` consecutive indices of a stream's SSRC, which the caller may now use;
// srtp_index_none when they are exhausted. For next_index and rtx_next_index of StreamState.
inline uint64_t take_indices(std::atomic<uint64_t>& next_index, uint64_t n) {
  const uint64_t first = next_index.load(std::memory_order_relaxed);
  if (first >= srtp_index_end || n > srtp_index_end - first) return srtp_index_none;
  next_index.store(first + n, std::memory_order_release);
  return first;
}

// Claims one given index (of a rewritten sequence number, so there may be gaps before it). False
// when it, or a later one, was claimed before: it must not be used.
inline bool claim_index(std::atomic<uint64_t>& next_index, uint64_t index) {
  if (index < next_index.load(std::memory_order_relaxed) || index >= srtp_index_end) return false;
  next_index.store(index + 1, std::memory_order_release);
  return true;
}

// RFC 3711 s3.4: SRTCP indices have 31 bits. They are reserved in blocks, so that not every RTCP
// packet writes the region; a restart begins at the end of the block that was reserved last.
class SrtcpIndices {
 public:
  static constexpr uint32_t block = 1'024;
  static constexpr uint32_t end = uint32_t{1} << 31;
  static constexpr uint32_t none = ~uint32_t{0};

  SrtcpIndices() = default;
  // Continues behind everything that may have been used. The state must have been opened.
  explicit SrtcpIndices(const EndpointState& s)
      : next_(s.srtcp_index_end.load()), block_end_(next_) {}

  // The next index, or `none` when all are spent: the endpoint needs a new key. `s` is the same
  // state as before.
  uint32_t take(EndpointState& s) {
    if (next_ == block_end_) {
      if (next_ >= end) return none;
      block_end_ = end - next_ < block ? end : next_ + block;
      s.srtcp_index_end.store(block_end_, std::memory_order_release);
    }
    return next_++;
  }

 private:
  uint32_t next_ = 0;
  uint32_t block_end_ = 0;
};

}  // namespace sluice::shm
