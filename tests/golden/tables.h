// The tables of a golden case, as its tables.yaml gives them. Keys are made of one repeated byte,
// so that the file stays short and a capture can be decrypted by hand.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/config/config.h"
#include "common/shm/publisher.h"

namespace sluice::golden {

struct EndpointCase {
  std::string name;
  SocketAddress address;  // where the client sits, for whoever makes the input
  shm::EndpointRecord record;
  shm::NegotiationRecord negotiation;
  shm::EndpointKeys keys;
};
struct TrackCase {
  std::string name, endpoint;
  shm::TrackRecord record;
};
struct StreamCase {
  std::string name, endpoint;
  shm::StreamRecord record;
};
struct SubscriptionCase {
  std::string track, stream;
};

struct Tables {
  TimeNs end = 0;  // of the run
  uint16_t vlan = 0;
  config::Dscp dscp;
  std::vector<EndpointCase> endpoints;
  std::vector<TrackCase> tracks;
  std::vector<StreamCase> streams;
  std::vector<SubscriptionCase> subscriptions;

  const EndpointCase& endpoint(const std::string& name) const;
};

// Errors name the file and what is wrong.
Result<Tables> read_tables(const std::string& path);
Status publish(const Tables& tables, shm::Publisher& publisher);

}  // namespace sluice::golden
