// What a tool asks the data plane to mirror, and the frames that were mirrored. They lie in a file
// of their own beside the tables (capture_file.h): the only one that a tool writes.
//
//   capture: CaptureHeader | Versioned<CaptureRequest> | CaptureStatus
//            | per worker: CaptureWorker, RingHead, CapturedFrame[capture_frames]
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "common/base/time.h"
#include "common/shm/port_info.h"
#include "common/shm/slot.h"

namespace sluice::shm {

inline constexpr uint64_t capture_magic = 0x31504143'554c5300;  // "\0SLUCAP1", little endian
inline constexpr uint32_t capture_abi = 1;
inline constexpr uint32_t capture_frames = 2'048;                 // of each worker's ring
inline constexpr uint32_t capture_snaplen_max = 2'024;            // bytes of one frame
inline constexpr uint64_t capture_budget_max = 1'000'000'000;     // frames
inline constexpr TimeNs capture_duration_max = 3'600 * ns_per_s;  // from now to a deadline

struct alignas(64) CaptureHeader {
  uint64_t magic;
  uint32_t abi;
  uint32_t header_size;
  uint32_t frame_size;  // of a CapturedFrame
  uint32_t frames;      // of each ring
  uint32_t workers;
  uint32_t reserved;
  uint64_t region_id;  // of the tables it lies beside
  uint64_t file_size;
  uint64_t reserved2[2];  // no padding: headers are compared byte by byte
};
static_assert(sizeof(CaptureHeader) == 64 &&
              std::has_unique_object_representations_v<CaptureHeader>);

// tool_written, by whoever holds capture.lock. One that names neither endpoint nor track ends what
// runs.
struct CaptureRequest {
  uint64_t number = 0;  // steps with every request; 0 = there was none
  SlotRef endpoint{};   // what comes from it and goes to it
  SlotRef track{};      // or: what comes in of it, and goes out of it to its receivers
  TimeNs deadline = 0;  // CLOCK_MONOTONIC
  uint64_t budget = 0;  // frames, of each worker
  uint32_t snaplen = 0;
  uint32_t reserved = 0;

  bool names_something() const { return endpoint || track; }
  bool operator==(const CaptureRequest&) const = default;
};

// Written by the data plane's main thread. Numbers of requests.
struct alignas(64) CaptureStatus {
  std::atomic<uint64_t> taken{0};    // the last one that began
  std::atomic<uint64_t> refused{0};  // the last one that was not sound
};

// worker_written.
struct alignas(64) CaptureWorker {
  std::atomic<uint64_t> number{0};  // the request that `lost` is of
  // Frames that found the ring full, by port.
  std::array<std::atomic<uint64_t>, ports_max> lost{};
};
static_assert(sizeof(CaptureWorker) == 128);

// worker -> tool.
struct CapturedFrame {
  uint64_t number = 0;  // of the request
  UnixNs at = 0;
  uint32_t length = 0;    // on the wire, without the check sequence
  uint16_t captured = 0;  // of it, in `bytes`
  uint8_t port = 0;       // index of the data plane's port
  uint8_t outbound = 0;   // 0: it came in
  std::array<uint8_t, capture_snaplen_max> bytes;
};
static_assert(sizeof(CapturedFrame) == 2'048);

}  // namespace sluice::shm
