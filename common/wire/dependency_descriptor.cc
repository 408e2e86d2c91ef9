#include "common/wire/dependency_descriptor.h"

#include <algorithm>

#include "common/wire/bits.h"

namespace sluice::wire {
namespace {

enum class NextLayer : uint8_t { same = 0, next_temporal = 1, next_spatial = 2, end = 3 };

// A.4.1 template_layers(). False: more templates or layers than the limits.
bool read_layers(BitReader& r, DependencyStructure& s) {
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  for (;;) {
    if (s.template_count == dd_templates_max) return false;
    DdTemplate& t = s.templates[s.template_count++];
    t.spatial_id = spatial;
    t.temporal_id = temporal;
    s.temporal_layers = std::max<uint8_t>(s.temporal_layers, static_cast<uint8_t>(temporal + 1));
    const auto next = static_cast<NextLayer>(r.bits(2));
    if (!r.ok()) return false;
    if (next == NextLayer::end) break;
    if (next == NextLayer::next_temporal && ++temporal > dd_temporal_id_max) return false;
    if (next == NextLayer::next_spatial) {
      temporal = 0;
      if (++spatial > dd_spatial_id_max) return false;
    }
  }
  s.spatial_layers = static_cast<uint8_t>(spatial + 1);
  return true;
}

DtiSet read_dtis(BitReader& r, std::size_t targets) {
  DtiSet set;
  for (std::size_t i = 0; i < targets; i++) set.set(i, static_cast<Dti>(r.bits(2)));
  return set;
}

// A.4.1 template_chains().
void read_chains(BitReader& r, DependencyStructure& s) {
  s.chain_count = static_cast<uint8_t>(r.non_symmetric(s.decode_target_count + 1u));
  if (s.chain_count == 0) return;
  for (std::size_t i = 0; i < s.decode_target_count; i++) {
    s.protected_by[i] = static_cast<uint8_t>(r.non_symmetric(s.chain_count));
  }
  for (std::size_t t = 0; t < s.template_count; t++) {
    for (std::size_t c = 0; c < s.chain_count; c++) {
      s.templates[t].chain_diffs[c] = static_cast<uint8_t>(r.bits(4));
    }
  }
}

void find_target_layers(DependencyStructure& s) {
  for (std::size_t i = 0; i < s.decode_target_count; i++) {
    for (std::size_t t = 0; t < s.template_count; t++) {
      const DdTemplate& tpl = s.templates[t];
      if (tpl.dtis[i] == Dti::not_present) continue;
      s.target_spatial_id[i] = std::max(s.target_spatial_id[i], tpl.spatial_id);
      s.target_temporal_id[i] = std::max(s.target_temporal_id[i], tpl.temporal_id);
    }
  }
}

// A.4.1 template_dependency_structure().
bool read_structure(BitReader& r, DependencyStructure& s) {
  s.template_id_offset = static_cast<uint8_t>(r.bits(6));
  s.decode_target_count = static_cast<uint8_t>(r.bits(5) + 1);
  if (!read_layers(r, s)) return false;
  for (std::size_t t = 0; t < s.template_count; t++) {
    s.templates[t].dtis = read_dtis(r, s.decode_target_count);
  }
  // Frame diffs: forwarding decides by DTIs and chains, so they are only read over.
  for (std::size_t t = 0; t < s.template_count; t++) {
    while (r.bit()) r.bits(4);
  }
  read_chains(r, s);
  if (r.bit()) {
    for (std::size_t i = 0; i < s.spatial_layers; i++) {
      s.sizes[i].width = static_cast<uint16_t>(r.bits(16) + 1);
      s.sizes[i].height = static_cast<uint16_t>(r.bits(16) + 1);
    }
  }
  find_target_layers(s);
  return r.ok();
}

struct CustomFlags {
  bool dtis = false;
  bool frame_diffs = false;
  bool chains = false;
};

// A.4.1 frame_dependency_definition().
void read_frame(BitReader& r, const DependencyStructure& s, const CustomFlags& custom,
                DependencyDescriptor& d) {
  const DdTemplate* t = s.find(d.template_id);
  if (t == nullptr) return;
  d.resolved = true;
  d.spatial_id = t->spatial_id;
  d.temporal_id = t->temporal_id;
  d.dtis = custom.dtis ? read_dtis(r, s.decode_target_count) : t->dtis;
  if (custom.frame_diffs) {
    while (const uint32_t size = r.bits(2)) r.bits(4 * size);
  }
  d.custom_chains = custom.chains;
  if (!custom.chains) {
    d.chain_diffs = t->chain_diffs;
    return;
  }
  for (std::size_t c = 0; c < s.chain_count; c++)
    d.chain_diffs[c] = static_cast<uint8_t>(r.bits(8));
}

}  // namespace

std::optional<DependencyDescriptor> parse_dependency_descriptor(ByteView data,
                                                                DependencyStructure& structure) {
  BitReader r(data);
  DependencyDescriptor d;
  d.start_of_frame = r.bit();
  d.end_of_frame = r.bit();
  d.template_id = static_cast<uint8_t>(r.bits(6));
  d.frame_number = Seq16(static_cast<uint16_t>(r.bits(16)));
  if (!r.ok()) return std::nullopt;
  CustomFlags custom;
  if (r.remaining() == 0) {
    read_frame(r, structure, custom, d);
    return d;
  }
  d.has_structure = r.bit();
  const bool active_present = r.bit();
  custom = {r.bit(), r.bit(), r.bit()};
  std::optional<DependencyStructure> attached;
  if (d.has_structure) {
    if (!read_structure(r, attached.emplace())) return std::nullopt;
    // A.4.1: a new structure makes all its targets active.
    d.active_targets = static_cast<uint32_t>((uint64_t{1} << attached->decode_target_count) - 1);
  }
  const DependencyStructure& s = attached ? *attached : structure;
  // Nothing behind the flags can be read without knowing how many targets and chains there are.
  if (s.template_count == 0) return d;
  if (active_present) d.active_targets = r.bits(s.decode_target_count);
  read_frame(r, s, custom, d);
  if (!r.ok()) return std::nullopt;
  // A structure that does not know the template of its own frame is no structure.
  if (attached && !d.resolved) return std::nullopt;
  if (attached) structure = *attached;
  return d;
}

}  // namespace sluice::wire
