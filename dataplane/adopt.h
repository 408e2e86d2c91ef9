// Adopting the tables: what news of a slot does to this worker's private copies. Each function
// looks at one slot of the region, copies the record, validates the copy and takes it over, changes
// what it had, or lets go of it.
#pragma once

#include "dataplane/core.h"

namespace sluice::dataplane {

enum class Look {
  done,   // taken over, let go of, not ours, or refused and counted
  again,  // the writer was faster, or what it refers to is not there yet: look again in the next
          // loop
};

Look look_at_endpoint(Core& k, uint32_t slot);
Look look_at_track(Core& k, uint32_t slot);
Look look_at_stream(Core& k, uint32_t slot);
Look look_at_subscription(Core& k, uint32_t slot);

// Lets go of it, and of what belongs to it.
void drop_endpoint(Core& k, uint32_t slot);
void drop_track(Core& k, uint32_t slot);
void drop_stream(Core& k, uint32_t slot);
void drop_subscription(Core& k, uint32_t slot);
// Its endpoint goes to another worker, which goes on with its log.
void leave_track(Core& k, uint32_t slot);

// news.cc: it is among those to look at again.
bool is_awaited(const Core& k, shm::TableId table, uint32_t slot);
// news.cc: for what belongs to an endpoint that this worker does not have: is it about to?
Look look_when_home(const Core& k, shm::SlotRef endpoint);

}  // namespace sluice::dataplane
