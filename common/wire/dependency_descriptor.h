// Dependency descriptor header extension (AV1 RTP specification, appendix A).
//
//   0                   1                   2
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
//  +-+-+-----------+-------------------------------+
//  |S|E|template id|         frame number          |   mandatory fields
//  +-+-+-----------+-------------------------------+
//  then, when longer than 3 bytes, bit by bit: 5 flags (structure present, active targets present,
//  custom DTIs, custom frame diffs, custom chains); the template structure; the active decode
//  targets; the custom values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/base/types.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t dd_templates_max = 64;
inline constexpr std::size_t dd_decode_targets_max = 32;
inline constexpr std::size_t dd_chains_max = 32;
inline constexpr uint8_t dd_spatial_id_max = 3;
inline constexpr uint8_t dd_temporal_id_max = 7;

// What a frame is to a decode target (table A.1).
enum class Dti : uint8_t { not_present = 0, discardable = 1, switching = 2, required = 3 };

// DTIs of one frame or template: two bits per decode target.
struct DtiSet {
  uint64_t bits = 0;
  Dti operator[](std::size_t target) const { return static_cast<Dti>(bits >> (2 * target) & 3); }
  void set(std::size_t target, Dti v) { bits |= uint64_t{static_cast<uint8_t>(v)} << (2 * target); }
};

struct DdTemplate {
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  DtiSet dtis;
  std::array<uint8_t, dd_chains_max>
      chain_diffs{};  // frames back to the last one of each chain; 0 = none before
};

struct DdSize {
  uint16_t width = 0;  // in pixels, less 1 on the wire; 0 = not given (and for 65,536)
  uint16_t height = 0;
};

// The template dependency structure of a stream: state that later descriptors refer to.
struct DependencyStructure {
  uint8_t template_id_offset = 0;
  uint8_t template_count = 0;  // 0 = none seen yet
  uint8_t decode_target_count = 0;
  uint8_t chain_count = 0;
  uint8_t spatial_layers = 0;
  uint8_t temporal_layers = 0;
  std::array<DdTemplate, dd_templates_max> templates{};
  std::array<uint8_t, dd_decode_targets_max>
      protected_by{};  // chain of each decode target, when there are chains
  // The highest layer that each decode target contains.
  std::array<uint8_t, dd_decode_targets_max> target_spatial_id{};
  std::array<uint8_t, dd_decode_targets_max> target_temporal_id{};
  std::array<DdSize, dd_spatial_id_max + 1> sizes{};

  // nullptr: not an id of this structure.
  const DdTemplate* find(uint8_t template_id) const;
};

struct DependencyDescriptor {
  bool start_of_frame = false;
  bool end_of_frame = false;
  uint8_t template_id = 0;
  Seq16 frame_number;
  bool has_structure = false;  // attached: the first packet of a key frame
  // Whether the template is known, so that the fields below have a meaning.
  bool resolved = false;
  uint8_t spatial_id = 0;
  uint8_t temporal_id = 0;
  std::optional<uint32_t> active_targets;  // bit per decode target; absent = unchanged
  DtiSet dtis;
  bool custom_chains = false;
  std::array<uint8_t, dd_chains_max> chain_diffs{};

  bool key_frame() const { return has_structure; }
};

// Reads one descriptor. An attached structure replaces `structure`, if all of the descriptor could
// be read. nullopt: cut short, or ids or counts beyond the limits above. Without a structure that
// knows its template (the key frame was lost) a descriptor is given unresolved.
std::optional<DependencyDescriptor> parse_dependency_descriptor(ByteView data,
                                                                DependencyStructure& structure);

inline const DdTemplate* DependencyStructure::find(uint8_t template_id) const {
  const unsigned index = (template_id + 64u - template_id_offset) % 64u;
  return index < template_count ? &templates[index] : nullptr;
}

}  // namespace sluice::wire
