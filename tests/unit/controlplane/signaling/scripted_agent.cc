#include "tests/unit/controlplane/signaling/scripted_agent.h"

namespace sluice::signaling {

void ScriptedAgent::on_request(const schema::AgentRequest& request) {
  requests_.push_back(request);
  if (request.has_open_endpoint() && request.open_endpoint().restore()) {
    return connect(request.open_endpoint().endpoint_id());
  }
  if (request.has_open_endpoint() &&
      request.open_endpoint().role() == schema::OpenEndpoint::RECEIVE) {
    describe(request.open_endpoint().endpoint_id(), 1, "offer");
  }
  if (request.has_remote_description()) {
    const schema::RemoteDescription& description = request.remote_description();
    if (description.type() == "offer") {
      on_offer(description);
    } else {
      connect(description.endpoint_id());
    }
  }
  if (request.has_subscribe()) on_subscribe(request.subscribe());
}

void ScriptedAgent::describe(const std::string& endpoint_id, uint64_t negotiation,
                             const char* type) {
  schema::AgentReport report;
  auto& description = *report.mutable_local_description();
  description.set_endpoint_id(endpoint_id);
  description.set_negotiation(negotiation);
  description.set_type(type);
  const std::string n = std::to_string(negotiation);
  description.set_sdp(
      "v=0\r\no=- 1 " + n + " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n" +
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:agent" + n +
      "\r\na=ice-pwd:scriptedPasswordOfTheAgent\r\n" +
      "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\na=end-of-candidates\r\n");
  report_(std::move(report));
}

void ScriptedAgent::connect(const std::string& endpoint_id) {
  schema::AgentReport report;
  report.mutable_endpoint_state()->set_endpoint_id(endpoint_id);
  report.mutable_endpoint_state()->set_phase(schema::EndpointState::CONNECTED);
  report_(std::move(report));
}

void ScriptedAgent::on_offer(const schema::RemoteDescription& offer) {
  if (offer.sdp().find("refuse me") != std::string::npos) {
    schema::AgentReport report;
    report.mutable_description_refused()->set_endpoint_id(offer.endpoint_id());
    report.mutable_description_refused()->set_negotiation(offer.negotiation());
    report.mutable_description_refused()->set_reason("m-line 0: as the test asked");
    return report_(std::move(report));
  }
  if (offer.sdp().find("say nothing") != std::string::npos) return;
  describe(offer.endpoint_id(), offer.negotiation(), "answer");
  if (offer.sdp().find("never connect") != std::string::npos) return;
  connect(offer.endpoint_id());
  for (const auto& [mid, source] : offer.sources()) {
    schema::AgentReport report;
    auto& track = *report.mutable_track_state();
    track.set_endpoint_id(offer.endpoint_id());
    track.set_track_id(offer.endpoint_id() + "/" + mid);
    track.set_mid(mid);
    track.set_source(source);
    track.set_csrc(++last_csrc_);
    report_(std::move(report));
  }
}

void ScriptedAgent::on_subscribe(const schema::Subscribe& subscribe) {
  schema::AgentReport report;
  auto& state = *report.mutable_subscription_state();
  state.set_subscription_id(subscribe.subscription_id());
  state.set_phase(schema::SubscriptionState::OPEN);
  state.set_mid(std::to_string(++last_mid_));
  report_(std::move(report));
}

}  // namespace sluice::signaling
