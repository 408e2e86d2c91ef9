// The transports of this node's clients: made, found by name and by slot, and let go.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "controlplane/agent/publish_transport.h"
#include "controlplane/agent/receive_transport.h"

namespace sluice::agent {

class Transports {
 public:
  Transports(Node& node, Tracks& tracks) : node_(node), tracks_(tracks) {}

  // One that is not there yet. Errors: no room, no role.
  Result<Endpoint*> open(const schema::OpenEndpoint& request);
  // One that stands in the tables. Null: it cannot be gone on with.
  Endpoint* adopt(const StandingEndpoint& standing, const schema::JournaledTransport& known);
  // Retires it. What refers to it is retired before.
  void close(const std::string& id);
  // Lets go of all without retiring them: their region is gone, or ours to leave.
  void forget();

  // Each of them null when there is none.
  PublishTransport* publisher(const std::string& id);
  ReceiveTransport* receiver(const std::string& id);
  Endpoint* endpoint(const std::string& id);
  Endpoint* endpoint(shm::SlotRef ref);

  using Publishers = std::unordered_map<std::string, std::unique_ptr<PublishTransport>>;
  using Receivers = std::unordered_map<std::string, std::unique_ptr<ReceiveTransport>>;
  const Publishers& publishers() const { return publishers_; }
  const Receivers& receivers() const { return receivers_; }
  std::vector<std::string> ids() const;

 private:
  Node& node_;
  Tracks& tracks_;
  Publishers publishers_;
  Receivers receivers_;
  std::unordered_map<uint64_t, Endpoint*> by_slot_;
};

}  // namespace sluice::agent
