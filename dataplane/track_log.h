// TrackLog: what a track's publisher sent, decrypted, in order of arrival. One writer (the home
// worker), read by every worker. The reader copies nothing: it encrypts straight from the log and
// then asks whether it was lapped meanwhile.
//
//   entries  | e0 | e1 | e2 | ...   ring of `packets` descriptors, position p lies at p mod packets
//   bytes    [dd][payload][dd][payload]...   ring of `bytes`; one packet's bytes are never split at
//   the end
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/codec.h"
#include "common/base/time.h"
#include "common/shm/region.h"
#include "common/shm/versioned.h"
#include "common/wire/dependency_descriptor.h"
#include "dataplane/reserved_memory.h"

namespace sluice::dataplane {

enum LogFlag : uint8_t {
  log_marker = 1,
  log_key_frame = 2,    // belongs to a key frame
  log_frame_start = 4,  // first packet of its frame
  log_padding = 8,      // padding only: holds a sequence number, is never forwarded
  log_has_level = 16,
  log_has_orientation = 32,
  log_has_capture_time = 64,
};

struct alignas(64) LogEntry {
  std::atomic<uint64_t> stamp{0};  // position + 1, stored last
  uint64_t byte_start = 0;         // running byte count; payload begins dd_length behind it
  uint64_t index = 0;              // source's SRTP index (extended sequence number)
  TimeNs arrival = 0;
  uint64_t capture_time = 0;  // abs-capture-time, NTP format
  uint32_t timestamp = 0;
  uint16_t payload_length = 0;
  uint16_t source_epoch = 0;  // steps when the encoding's SSRC is replaced
  uint8_t encoding = 0;
  Codec codec = Codec::none;
  uint8_t flags = 0;
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  uint8_t level = 0;        // RFC 6464 byte: V bit and level
  uint8_t orientation = 0;  // 3GPP TS 26.114 byte
  uint8_t dd_length = 0;    // dependency descriptor bytes in front of the payload
};
static_assert(sizeof(LogEntry) == 64);

// Where our wall clock stood when the source's RTP clock showed `timestamp` (from sender reports; 0
// = unknown yet).
struct SourceClock {
  uint64_t ntp = 0;
  uint32_t timestamp = 0;
  uint32_t clock_rate = 0;
};

// Bytes of one log's storage for this shape, a multiple of 4096.
std::size_t log_storage_size(uint32_t packets, uint32_t bytes);

class TrackLog {
 public:
  // packets: power of two. `storage` has log_storage_size() bytes, 64-byte aligned, zeroed.
  void open(void* storage, uint32_t packets, uint32_t bytes, uint32_t generation);
  void close() { generation_.store(0, std::memory_order_release); }
  uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Writer. Contiguous room for n bytes; earlier claims stay valid. Null when n is larger than a
  // quarter of the ring.
  uint8_t* claim(uint32_t n, uint64_t* byte_start);
  // Writer. Appends an entry whose bytes were claimed; fills in its stamp.
  void commit(const LogEntry& entry);

  // Reader.
  uint64_t next() const {
    return next_.load(std::memory_order_acquire);
  }  // position after the newest
  uint32_t capacity() const { return packets_; }
  // Hints the cache for next().
  void prefetch() const { __builtin_prefetch(&next_); }
  // The whole entry, copied. False when position was lapped, also meanwhile, or not yet written.
  bool read(uint64_t position, LogEntry& out) const {
    using Word = uint64_t __attribute__((may_alias));
    const LogEntry& e = entries_[position & (packets_ - 1)];
    if (e.stamp.load(std::memory_order_acquire) != position + 1) return false;
    const auto* from = reinterpret_cast<const Word*>(&e);
    auto* to = reinterpret_cast<Word*>(&out);
    // Behind the stamp. Acquire loads, so that the stamp is looked at again after all of them.
    for (std::size_t i = 1; i < sizeof(LogEntry) / sizeof(Word); ++i)
      to[i] = __atomic_load_n(from + i, __ATOMIC_ACQUIRE);
    return e.stamp.load(std::memory_order_relaxed) == position + 1;
  }
  const uint8_t* bytes_at(uint64_t byte_start) const {
    return bytes_ + byte_start % byte_capacity_;
  }
  // After reading bytes claimed at byte_start: were they still whole? (Acquire loads: see
  // versioned.h.)
  bool intact(uint64_t byte_start) const {
    return claimed_.load(std::memory_order_acquire) - byte_start <= byte_capacity_;
  }

  // One flag per worker, written by that worker only: it has receivers of this track.
  std::array<std::atomic<uint8_t>, shm::workers_max> interested{};
  // By the home worker.
  std::array<shm::Versioned<SourceClock>, shm::encodings_max> clocks;
  std::array<std::atomic<TimeNs>, shm::encodings_max> last_packet{};
  // Writer. LogEntry::source_epoch of what comes next.
  std::array<uint16_t, shm::encodings_max> epochs{};

 private:
  alignas(64) std::atomic<uint64_t> next_{0};
  std::atomic<uint64_t> claimed_{0};
  std::atomic<uint32_t> generation_{0};
  uint32_t packets_ = 0;
  uint32_t byte_capacity_ = 0;
  LogEntry* entries_ = nullptr;
  uint8_t* bytes_ = nullptr;
};

struct LogShape {
  uint32_t video_packets = 1'024, video_bytes = 1U << 20;
  uint32_t audio_packets = 128, audio_bytes = 32U << 10;
};

// The logs of all tracks of the node, by track slot, and what else a track's home needs to go on
// with it: another worker may become its home. Address space is reserved at startup for every track
// at its largest; a track's pages are made resident when it opens.
class TrackLogs {
 public:
  TrackLogs(uint32_t tracks, const LogShape& shape);

  TrackLog& operator[](uint32_t track) { return logs_[track]; }
  // By the home worker, when it adopts the track. One that is open goes on.
  void open(uint32_t track, MediaKind kind, uint32_t generation);
  // Of the dependency descriptors. Writer.
  wire::DependencyStructure& structure(uint32_t track, uint8_t encoding) {
    return structures_[track * shm::encodings_max + encoding];
  }
  std::size_t reserved_bytes() const { return memory_.size() + structure_memory_.size(); }

 private:
  LogShape shape_;
  std::size_t stride_;
  ReservedMemory memory_;
  ReservedMemory structure_memory_;
  wire::DependencyStructure* structures_;
  std::unique_ptr<TrackLog[]> logs_;
};

}  // namespace sluice::dataplane
