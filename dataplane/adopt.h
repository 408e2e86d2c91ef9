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

void drop_endpoint(Core& k, uint32_t slot);
void drop_track(Core& k, uint32_t slot);
void drop_stream(Core& k, uint32_t slot);
void drop_subscription(Core& k, uint32_t slot);

}  // namespace sluice::dataplane
