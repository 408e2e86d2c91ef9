// Stands on the agent's side of common/schema/agent.proto and says what an agent says when all goes
// well.
#pragma once

#include <agent.pb.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::signaling {

class ScriptedAgent {
 public:
  // Reports are handed over, to be delivered later.
  explicit ScriptedAgent(std::function<void(schema::AgentReport)> report)
      : report_(std::move(report)) {}

  void on_request(const schema::AgentRequest& request);
  const std::vector<schema::AgentRequest>& requests() const { return requests_; }

 private:
  void describe(const std::string& endpoint_id, uint64_t negotiation, const char* type);
  void connect(const std::string& endpoint_id);
  void on_offer(const schema::RemoteDescription& offer);
  void on_subscribe(const schema::Subscribe& subscribe);

  std::function<void(schema::AgentReport)> report_;
  std::vector<schema::AgentRequest> requests_;
  uint32_t last_csrc_ = 0;
  uint64_t last_mid_ = 0;
};

}  // namespace sluice::signaling
