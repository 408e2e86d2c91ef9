// What an attendee costs in the region. An attendee is an endpoint that only receives, with a
// stream of audio, one of video, and a subscription that feeds each.
#pragma once

#include <cstddef>

#include "common/shm/endpoint.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"

namespace sluice::shm {

inline constexpr std::size_t attendee_streams = 2;

inline constexpr std::size_t attendee_tables_bytes =
    sizeof(Endpoint) +
    attendee_streams * (sizeof(Stream) + sizeof(Subscription) + sizeof(SubscriptionState));
inline constexpr std::size_t attendee_keys_bytes = sizeof(EndpointKeyCell);
static_assert(attendee_tables_bytes == 656 && attendee_keys_bytes == 184);

}  // namespace sluice::shm
