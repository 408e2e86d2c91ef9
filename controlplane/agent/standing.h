// What an earlier control plane left live in the tables, by endpoint: its media flows on.
#pragma once

#include <unordered_map>
#include <vector>

#include "common/shm/endpoint.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"
#include "controlplane/agent/node.h"

namespace sluice::agent {

template <class Record>
struct StandingRow {
  shm::SlotRef ref;
  Record record;
};

struct StandingEndpoint {
  StandingRow<shm::EndpointRecord> endpoint;
  std::vector<StandingRow<shm::TrackRecord>> tracks;
  std::vector<StandingRow<shm::StreamRecord>> streams;
  std::vector<StandingRow<shm::SubscriptionRecord>> subscriptions;  // that feed its streams
};

// By EndpointRecord::id.
using Standing = std::unordered_map<uint64_t, StandingEndpoint>;

// Right after attaching. What refers to an endpoint that is gone is retired, and the names of all
// that stands are taken.
Standing read_standing(Node& node);

// An endpoint that nobody knows any more, with all that hangs on it. A subscription of another
// receiver to one of its tracks goes idle with the track, and is retired with its own receiver.
void retire(Node& node, const StandingEndpoint& e);

}  // namespace sluice::agent
