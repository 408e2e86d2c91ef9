// capacities: the sizes of the region's tables and rings.
#include "common/config/sections.h"

namespace sluice::config {

void read_capacities(SectionReader section, shm::Capacities& out) {
  const Range slots{1, shm::slots_max};
  section.integer("endpoints", out.endpoints, slots);
  section.integer("tracks", out.tracks, slots);
  section.integer("streams", out.streams, slots);
  section.integer("subscriptions", out.subscriptions, slots);

  const Range records{2, shm::records_max, true};
  section.integer("news", out.news, records);
  section.integer("inject", out.inject, records);
  section.integer("events", out.events, records);
  section.integer("punt_endpoint", out.punt_endpoint, records);
  section.integer("punt_invited", out.punt_invited, records);
  section.integer("punt_stranger", out.punt_stranger, records);
  section.finish();
}

}  // namespace sluice::config
