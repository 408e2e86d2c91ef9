// What an attendee costs (common/shm/attendee.h), all in all: the region and the memory of its home
// worker.
#pragma once

#include <cstddef>
#include <string>

namespace sluice::dataplane {

// In bytes; parts of a byte are rounded up.
struct AttendeeCost {
  std::size_t tables = 0;        // the region's
  std::size_t keys_file = 0;     // master keys and passwords
  std::size_t send_key = 0;      // expanded: schedule and hash key powers, as the cipher wants them
  std::size_t receivers = 0;     // fan-out's, of both streams
  std::size_t contexts = 0;      // endpoint, streams, subscriptions, flows
  std::size_t indexes = 0;       // by flow, fragment and SSRC
  std::size_t other_worker = 0;  // in each worker that is not its home; not in the sum

  std::size_t sum() const { return tables + keys_file + send_key + receivers + contexts + indexes; }
};

// key_size: of an expanded key (srtp::Engine::key_size).
AttendeeCost attendee_cost(std::size_t key_size);
// "an attendee costs 2521 bytes: tables 656, ...".
std::string describe(const AttendeeCost& cost);

}  // namespace sluice::dataplane
