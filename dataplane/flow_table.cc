#include "dataplane/flow_table.h"

namespace sluice::dataplane {

FlowTable::FlowTable(std::size_t endpoints_max)
    : memory_(entries_for(endpoints_max) * sizeof(FlowEntry), Pages::small),
      index_(entries_for(endpoints_max), EntryHash{entries()}),
      further_left_(entries_for(endpoints_max) - endpoints_max) {}

uint32_t FlowTable::add(uint32_t& list, uint32_t endpoint, const Flow& flow) {
  if (list != no_slot) {
    if (further_left_ == 0) return no_slot;
    --further_left_;
  }
  uint32_t entry = free_;
  if (entry != no_slot) {
    free_ = entries()[entry].next;
  } else {
    entry = fresh_++;
  }
  FlowEntry& e = entries()[entry];
  e.flow = flow;
  e.endpoint = endpoint;
  uint32_t& link = list == no_slot ? list : entries()[list].next;
  e.next = link;
  link = entry;
  index_.insert(entry);
  return entry;
}

void FlowTable::unlink(uint32_t& list, uint32_t entry) {
  uint32_t* link = &list;
  while (*link != entry) link = &entries()[*link].next;
  *link = entries()[entry].next;
}

void FlowTable::remove(uint32_t& list, uint32_t entry) {
  unlink(list, entry);
  if (list != no_slot) ++further_left_;
  FlowEntry& e = entries()[entry];
  if (e.endpoint != no_slot) index_.erase(entry);
  e.endpoint = no_slot;
  e.next = free_;
  free_ = entry;
}

void FlowTable::move_to_front(uint32_t& list, uint32_t entry) {
  unlink(list, entry);
  entries()[entry].next = list;
  list = entry;
}

void FlowTable::disown(uint32_t entry) {
  index_.erase(entry);
  entries()[entry].endpoint = no_slot;
}

void FlowTable::own(uint32_t entry, uint32_t endpoint) {
  entries()[entry].endpoint = endpoint;
  index_.insert(entry);
}

}  // namespace sluice::dataplane
