#include <array>
#include <vector>

#include "common/base/assert.h"
#include "common/wire/av1.h"
#include "common/wire/dependency_descriptor.h"
#include "common/wire/h264.h"
#include "common/wire/vp8.h"
#include "common/wire/vp9.h"
#include "tests/fuzz/sink.h"
#include "tests/fuzz/touch.h"

namespace sluice::fuzz {

using namespace wire;

void touch_vp8(ByteView bytes) {
  const auto v = parse_vp8(bytes);
  if (!v) return;
  sink(bytes.subspan(v->descriptor_length));
  std::vector<uint8_t> copy(bytes.begin(), bytes.end());
  if (v->picture_id_offset != 0) patch_vp8_picture_id(copy.data(), *v, 0x1234);
  if (v->tl0picidx_offset != 0) patch_vp8_tl0picidx(copy.data(), *v, 0x56);
  const auto again = parse_vp8(copy);
  SLUICE_ASSERT(again && again->descriptor_length == v->descriptor_length && again->tid == v->tid);
  if (v->picture_id_length == 2) SLUICE_ASSERT(again->picture_id == 0x1234);
  if (v->picture_id_length == 1) SLUICE_ASSERT(again->picture_id == 0x34);
  if (v->tl0picidx_offset != 0) SLUICE_ASSERT(again->tl0picidx == 0x56);
}

void touch_vp9(ByteView bytes) {
  const auto v = parse_vp9(bytes);
  if (!v) return;
  sink(bytes.subspan(v->descriptor_length));
  sink(uint64_t{v->key_frame()} + v->end_of_frame + v->spatial_layers);
  std::vector<uint8_t> copy(bytes.begin(), bytes.end());
  if (v->picture_id_offset != 0) patch_vp9_picture_id(copy.data(), *v, 0x1234);
  if (v->tl0picidx_offset != 0) patch_vp9_tl0picidx(copy.data(), *v, 0x56);
  const auto again = parse_vp9(copy);
  SLUICE_ASSERT(again && again->descriptor_length == v->descriptor_length && again->tid == v->tid);
  if (v->picture_id_length == 2) SLUICE_ASSERT(again->picture_id == 0x1234);
  if (v->tl0picidx_offset != 0) SLUICE_ASSERT(again->tl0picidx == 0x56);
}

void touch_h264(ByteView bytes) {
  if (const auto v = parse_h264(bytes)) sink(uint64_t{v->key_frame()} + v->nal_type + v->nri);
}

void touch_av1(ByteView bytes) {
  if (const auto v = parse_av1(bytes)) sink(uint64_t{v->key_frame()} + v->obu_count);
}

void touch_dependency_descriptor(ByteView bytes) {
  DependencyStructure structure;
  Reader r(bytes);
  while (r.ok() && r.remaining() != 0) {
    const ByteView data = r.take(r.u8());
    if (!r.ok()) break;
    const auto d = parse_dependency_descriptor(data, structure);
    if (!d) continue;
    SLUICE_ASSERT(!d->has_structure || (d->resolved && structure.template_count != 0));
    SLUICE_ASSERT(d->spatial_id <= dd_spatial_id_max && d->temporal_id <= dd_temporal_id_max);
    if (!d->resolved) continue;
    for (std::size_t i = 0; i < structure.decode_target_count; i++) {
      sink(static_cast<uint64_t>(d->dtis[i]));
      SLUICE_ASSERT(structure.chain_count == 0 ||
                    structure.protected_by[i] < structure.chain_count);
      SLUICE_ASSERT(structure.target_spatial_id[i] < structure.spatial_layers);
    }
    for (std::size_t i = 0; i < structure.chain_count; i++) sink(uint64_t{d->chain_diffs[i]});
  }
}

std::span<const Format> formats() {
  static constexpr std::array all{
      Format{"ethernet", touch_ethernet},
      Format{"stun", touch_stun},
      Format{"dtls", touch_dtls},
      Format{"rtp", touch_rtp},
      Format{"rtcp", touch_rtcp},
      Format{"vp8", touch_vp8},
      Format{"vp9", touch_vp9},
      Format{"h264", touch_h264},
      Format{"av1", touch_av1},
      Format{"dependency_descriptor", touch_dependency_descriptor},
  };
  return all;
}

}  // namespace sluice::fuzz
