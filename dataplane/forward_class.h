// ForwardClass: receivers of a track that want the same layers in the same shape. Everything that
// is the same for all of them is done here, once per packet: which packets, their running numbers,
// their header.
//
// The class log holds only what the class forwards. A receiver of the class is a constant offset
// into its numbers:
//   outgoing index = class index + receiver.index_offset,  outgoing timestamp = class timestamp +
//   timestamp_offset
// A gap in the source stays a gap here; a packet that is dropped on purpose (padding, a layer)
// leaves none.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/codec.h"
#include "common/base/time.h"
#include "common/shm/negotiation.h"
#include "dataplane/picture_ids.h"
#include "dataplane/track_log.h"

namespace sluice::dataplane {

inline constexpr std::size_t class_header_max = 128;  // RTP header, CSRC and extensions
inline constexpr std::size_t class_payload_max = 2'048;
inline constexpr std::size_t drops_remembered = 64;
inline constexpr uint64_t class_index_start = 1ULL << 32;  // room below for packets that come late

// What receivers of one kind negotiated; one per distinct pair of tables in a worker.
struct Template {
  shm::ExtensionIds extensions;
  std::array<shm::SendPayload, 8> payloads{};
  uint32_t users = 0;
};

// One line of facts, then the header as every receiver of the class gets it.
struct alignas(64) ClassPacket {
  uint64_t index = 0;                // class index
  uint64_t considered = 0;           // log packets the class has considered, this one included
  uint64_t byte_start = 0;           // of its bytes in the track log
  const uint8_t* payload = nullptr;  // in the track log, or in the class's own copy
  uint32_t timestamp = 0;            // class timestamp
  uint16_t payload_length = 0;
  uint8_t header_length = 0;
  // A receiver may begin here: first packet of a key frame, or any audio packet.
  bool opens = false;
  uint8_t transport_at = 0;  // where the transport-wide number lies in the header; 0 = nowhere
  std::array<uint8_t, 15> reserved;
  // seq, timestamp, ssrc and the transport-wide number are patched per receiver.
  std::array<uint8_t, class_header_max> header;
};
static_assert(sizeof(ClassPacket) == 64 + class_header_max);

struct ClassKey {
  uint8_t encoding_cap = 255;
  uint8_t spatial_cap = 255;
  uint8_t temporal_cap = 255;
  uint8_t reserved = 0;
  uint32_t shape = 0;  // index of the Template
  bool operator==(const ClassKey&) const = default;
};

struct ForwardClass {
  ClassKey key;
  uint32_t receivers = 0;
  // The class log: position p lies at p & mask.
  ClassPacket* ring = nullptr;
  // Beside each entry room for a payload whose bytes differ from the log's: one copy per class,
  // never per receiver.
  uint8_t* payloads = nullptr;
  uint32_t mask = 0;
  bool undecodable = false;  // the template has no payload type for the codec that comes now
  Codec codec = Codec::none;
  uint64_t head = 0;
  uint64_t considered = 0;
  // The source it follows now, and how its numbers map.
  bool following = false;
  uint8_t encoding = 0;
  uint16_t source_epoch = 0;
  uint64_t source_floor = 0;  // older source indices belong to what was before
  uint64_t source_highest = 0;
  uint64_t delta = 0;                    // class index = source index - delta
  uint64_t highest = class_index_start;  // highest class index given out
  uint32_t timestamp_delta = 0;          // class timestamp = source timestamp + timestamp_delta
  uint32_t last_timestamp = 0;
  TimeNs last_arrival = 0;
  std::array<uint64_t, drops_remembered>
      drops{};  // source indices dropped on purpose, newest at drops_next - 1
  uint32_t drops_next = 0;
  PictureIds pictures;  // VP8 only
};

// Takes one packet of the track log into the class: appends a ClassPacket or only counts it.
// `csrc` names the source; `encodings_active` has bit e set while encoding e delivers packets.
void forward(ForwardClass& c, const Template& shape, const TrackLog& log, const LogEntry& entry,
             MediaKind kind, uint32_t csrc, uint32_t encodings_active);

// The encoding a class with this cap wants among the active ones: the highest not above the cap,
// else the lowest.
uint8_t wanted_encoding(uint8_t cap, uint32_t encodings_active);

}  // namespace sluice::dataplane
