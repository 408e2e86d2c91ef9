// FlowTable: the validated 5-tuples of all endpoints. Each endpoint has a list of its own, the
// selected one first. Every endpoint gets one flow; further ones come from a pool that all share.
#pragma once

#include <cstdint>

#include "dataplane/number_index.h"
#include "dataplane/packet.h"
#include "dataplane/reserved_memory.h"

namespace sluice::dataplane {

inline constexpr uint8_t flows_per_endpoint = 4;

struct FlowEntry {
  Flow flow;
  uint32_t endpoint = no_slot;  // no_slot: another endpoint has proved to be there since
  uint32_t next = no_slot;      // in the endpoint's list, or of the free ones
};
static_assert(sizeof(FlowEntry) == 32);

class FlowTable {
 public:
  // One for each endpoint and as many again.
  static constexpr std::size_t entries_for(std::size_t endpoints_max) { return 2 * endpoints_max; }

  explicit FlowTable(std::size_t endpoints_max);

  // The endpoint's slot; null: nobody's.
  const uint32_t* find(const Flow& flow) const {
    const uint32_t entry = entry_of(flow);
    return entry == no_slot ? nullptr : &entries()[entry].endpoint;
  }
  uint32_t entry_of(const Flow& flow) const {
    return index_.find(flow.hash(), [&](uint32_t e) { return entries()[e].flow == flow; });
  }
  // For find() soon after, one after the other, with time between them for memory to answer.
  void prefetch_cell(const Flow& flow) const { index_.prefetch(flow.hash()); }
  void prefetch_entry(const Flow& flow) const {
    const uint32_t entry = index_.guess(flow.hash());
    if (entry != no_slot) __builtin_prefetch(&entries()[entry]);
  }
  const FlowEntry& operator[](uint32_t entry) const { return entries()[entry]; }

  // `list` is the head of the endpoint's list in all of these.
  // The new entry stands behind the selected one. no_slot: no room. The flow is nobody's.
  uint32_t add(uint32_t& list, uint32_t endpoint, const Flow& flow);
  void remove(uint32_t& list, uint32_t entry);
  void clear(uint32_t& list) {
    while (list != no_slot) remove(list, list);
  }
  void move_to_front(uint32_t& list, uint32_t entry);
  // The entry stays in its endpoint's list, but find() does not know it any more.
  void disown(uint32_t entry);
  // The other way, once the flow is nobody's again.
  void own(uint32_t entry, uint32_t endpoint);

  std::size_t memory_bytes() const { return memory_.size() + index_.memory_bytes(); }

 private:
  struct EntryHash {
    const FlowEntry* entries;
    uint64_t operator()(uint32_t entry) const { return entries[entry].flow.hash(); }
  };
  FlowEntry* entries() const { return reinterpret_cast<FlowEntry*>(memory_.data()); }
  void unlink(uint32_t& list, uint32_t entry);

  ReservedMemory memory_;
  NumberIndex<EntryHash> index_;
  std::size_t further_left_;  // that endpoints may have beyond their first
  uint32_t fresh_ = 0;        // entries from here on were never used
  uint32_t free_ = no_slot;
};

}  // namespace sluice::dataplane
