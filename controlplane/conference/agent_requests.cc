#include "controlplane/conference/agent_requests.h"

namespace sluice::conference {

using signaling::Source;

schema::AgentRequest open_publish(const std::string& endpoint_id, uint64_t generation,
                                  const std::vector<std::string>& allowed_codecs) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(endpoint_id);
  open.set_role(schema::OpenEndpoint::PUBLISH);
  open.set_generation(generation);
  for (const std::string& codec : allowed_codecs) open.add_allowed_codecs(codec);
  return request;
}

schema::AgentRequest open_receive(const std::string& endpoint_id, schema::OpenEndpoint::Role role,
                                  uint64_t generation, const std::vector<std::string>& codecs,
                                  schema::OpenEndpoint::Feedback feedback) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(endpoint_id);
  open.set_role(role);
  open.set_feedback(feedback);
  open.set_generation(generation);
  for (const std::string& codec : codecs) open.add_codecs(codec);
  return request;
}

schema::AgentRequest restored(schema::AgentRequest open) {
  open.mutable_open_endpoint()->set_restore(true);
  return open;
}

schema::AgentRequest end_of_restore() {
  schema::AgentRequest request;
  request.mutable_end_of_restore();
  return request;
}

schema::AgentRequest close_endpoint(const std::string& endpoint_id) {
  schema::AgentRequest request;
  request.mutable_close_endpoint()->set_endpoint_id(endpoint_id);
  return request;
}

schema::AgentRequest remote_offer(const std::string& endpoint_id, uint64_t negotiation,
                                  const std::string& sdp,
                                  const std::map<std::string, Source>& sources) {
  schema::AgentRequest request;
  auto& description = *request.mutable_remote_description();
  description.set_endpoint_id(endpoint_id);
  description.set_negotiation(negotiation);
  description.set_type("offer");
  description.set_sdp(sdp);
  for (const auto& [mid, source] : sources) {
    (*description.mutable_sources())[mid] = to_schema(source);
  }
  return request;
}

schema::AgentRequest remote_answer(const std::string& endpoint_id, uint64_t negotiation,
                                   const std::string& sdp) {
  schema::AgentRequest request;
  auto& description = *request.mutable_remote_description();
  description.set_endpoint_id(endpoint_id);
  description.set_negotiation(negotiation);
  description.set_type("answer");
  description.set_sdp(sdp);
  return request;
}

schema::AgentRequest remote_candidate(const std::string& endpoint_id, const std::string& mid,
                                      const std::string& candidate) {
  schema::AgentRequest request;
  auto& out = *request.mutable_remote_candidate();
  out.set_endpoint_id(endpoint_id);
  out.set_mid(mid);
  out.set_candidate(candidate);
  return request;
}

schema::AgentRequest restart_ice(const std::string& endpoint_id) {
  schema::AgentRequest request;
  request.mutable_restart_ice()->set_endpoint_id(endpoint_id);
  return request;
}

schema::AgentRequest unsubscribe(const std::string& subscription_id) {
  schema::AgentRequest request;
  request.mutable_unsubscribe()->set_subscription_id(subscription_id);
  return request;
}

schema::AgentRequest set_track_muted(const std::string& track_id, bool muted, uint64_t generation) {
  schema::AgentRequest request;
  auto& out = *request.mutable_set_track_muted();
  out.set_track_id(track_id);
  out.set_muted(muted);
  out.set_generation(generation);
  return request;
}

schema::TrackSource to_schema(Source source) {
  switch (source) {
    case Source::microphone:
      return schema::MICROPHONE;
    case Source::camera:
      return schema::CAMERA;
    case Source::screen:
      return schema::SCREEN;
    case Source::screen_audio:
      return schema::SCREEN_AUDIO;
    case Source::camera_2:
      return schema::CAMERA_2;
    case Source::camera_3:
      return schema::CAMERA_3;
  }
  return schema::SOURCE_NONE;
}

std::optional<Source> from_schema(schema::TrackSource source) {
  switch (source) {
    case schema::MICROPHONE:
      return Source::microphone;
    case schema::CAMERA:
      return Source::camera;
    case schema::SCREEN:
      return Source::screen;
    case schema::SCREEN_AUDIO:
      return Source::screen_audio;
    case schema::CAMERA_2:
      return Source::camera_2;
    case schema::CAMERA_3:
      return Source::camera_3;
    default:
      return std::nullopt;
  }
}

}  // namespace sluice::conference
