// Is this record fit to be used? The same code for the publisher, the data plane (on its private
// copy) and `sluicectl table check`. Checks ranges, references inside capacities, and that nothing
// aliases within the record.
#pragma once

#include <string_view>

#include "common/shm/endpoint.h"
#include "common/shm/layout.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {

// Empty = valid; otherwise what is wrong, a constant text (usable on the packet path).
using Fault = std::string_view;

Fault validate(const EndpointRecord& r, const Capacities& c);
Fault validate(const NegotiationRecord& r);
Fault validate(const EndpointKeys& k);
Fault validate(const TrackRecord& r, const Capacities& c);
Fault validate(const StreamRecord& r, const Capacities& c);
Fault validate(const SubscriptionRecord& r, const Capacities& c);
// Do these keys belong to this record? Same epoch, same profile, a password for each ufrag.
Fault validate_pair(const EndpointRecord& r, const EndpointKeys& k);

}  // namespace sluice::shm
