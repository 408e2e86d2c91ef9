#include "dataplane/track_log.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "common/base/assert.h"

namespace sluice::dataplane {

std::size_t log_storage_size(uint32_t packets, uint32_t bytes) {
  return (packets * sizeof(LogEntry) + bytes + 4095) / 4096 * 4096;
}

void TrackLog::open(void* storage, uint32_t packets, uint32_t bytes, uint32_t generation) {
  SLUICE_ASSERT(packets != 0 && (packets & (packets - 1)) == 0);
  packets_ = packets;
  byte_capacity_ = bytes;
  entries_ = static_cast<LogEntry*>(storage);
  bytes_ = static_cast<uint8_t*>(storage) + packets * sizeof(LogEntry);
  for (uint32_t i = 0; i < packets; ++i) new (&entries_[i]) LogEntry;
  for (auto& t : last_packet) t.store(0, std::memory_order_relaxed);
  for (auto& c : clocks) c.publish({});
  epochs.fill(0);
  next_.store(0, std::memory_order_relaxed);
  claimed_.store(0, std::memory_order_relaxed);
  generation_.store(generation, std::memory_order_release);
}

uint8_t* TrackLog::claim(uint32_t n, uint64_t* byte_start) {
  if (n > byte_capacity_ / 4) return nullptr;
  uint64_t start = claimed_.load(std::memory_order_relaxed);
  const uint64_t at = start % byte_capacity_;
  if (at + n > byte_capacity_) start += byte_capacity_ - at;
  claimed_.store(start + n, std::memory_order_release);
  *byte_start = start;
  return bytes_ + start % byte_capacity_;
}

void TrackLog::commit(const LogEntry& entry) {
  const uint64_t position = next_.load(std::memory_order_relaxed);
  LogEntry& e = entries_[position & (packets_ - 1)];
  e.stamp.store(0, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // x86 keeps the order of stores by itself
  e.byte_start = entry.byte_start;
  e.index = entry.index;
  e.arrival = entry.arrival;
  e.capture_time = entry.capture_time;
  e.timestamp = entry.timestamp;
  e.payload_length = entry.payload_length;
  e.source_epoch = entry.source_epoch;
  e.encoding = entry.encoding;
  e.codec = entry.codec;
  e.flags = entry.flags;
  e.spatial = entry.spatial;
  e.temporal = entry.temporal;
  e.level = entry.level;
  e.orientation = entry.orientation;
  e.dd_length = entry.dd_length;
  e.stamp.store(position + 1, std::memory_order_release);
  next_.store(position + 1, std::memory_order_release);
}

TrackLogs::TrackLogs(uint32_t tracks, const LogShape& shape)
    : shape_(shape),
      stride_(std::max(log_storage_size(shape.video_packets, shape.video_bytes),
                       log_storage_size(shape.audio_packets, shape.audio_bytes))),
      memory_(stride_ * tracks),
      structure_memory_(tracks * shm::encodings_max * sizeof(wire::DependencyStructure)),
      structures_(reinterpret_cast<wire::DependencyStructure*>(structure_memory_.data())),
      logs_(std::make_unique<TrackLog[]>(tracks)) {}

void TrackLogs::open(uint32_t track, MediaKind kind, uint32_t generation) {
  if (logs_[track].generation() == generation) return;
  for (uint8_t e = 0; e < shm::encodings_max; ++e)
    structure(track, e) = wire::DependencyStructure{};
  const bool video = kind == MediaKind::video;
  const uint32_t packets = video ? shape_.video_packets : shape_.audio_packets;
  const uint32_t bytes = video ? shape_.video_bytes : shape_.audio_bytes;
  uint8_t* at = memory_.data() + track * stride_;
  madvise(at, log_storage_size(packets, bytes), MADV_POPULATE_WRITE);
  logs_[track].open(at, packets, bytes, generation);
}

}  // namespace sluice::dataplane
