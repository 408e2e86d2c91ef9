// A whole record out of a slot that may be retired, freed and filled again meanwhile.
#pragma once

#include "common/shm/slot.h"

namespace sluice::shm {

enum class SlotRead {
  live,      // out and generation are one live use of the slot
  not_live,  // nothing there
  busy,      // the writer was faster: keep what you had and come back
};

// Any reader. Row: Endpoint, Track, Stream, Subscription.
template <class Row>
SlotRead read_live(const Row& row, typename Row::Record& out, Generation& generation) {
  const SlotWord::Value before = row.head.word.load();
  if (before.state != SlotState::live) return SlotRead::not_live;
  if (!row.record.read(out)) return SlotRead::busy;
  const SlotWord::Value after = row.head.word.load();
  // The record of the slot's next use is stored only after its word has left this generation's
  // `live`.
  if (after.state != before.state || after.generation != before.generation) return SlotRead::busy;
  generation = before.generation;
  return SlotRead::live;
}

}  // namespace sluice::shm
