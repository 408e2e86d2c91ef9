// The messages of common/schema/agent.proto that the conference sends, one function each.
#pragma once

#include <agent.pb.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/signaling/source.h"

namespace sluice::conference {

schema::AgentRequest open_publish(const std::string& endpoint_id, uint64_t generation,
                                  const std::vector<std::string>& allowed_codecs);
// `role`: RECEIVE or PLAY.
schema::AgentRequest open_receive(const std::string& endpoint_id, schema::OpenEndpoint::Role role,
                                  uint64_t generation, const std::vector<std::string>& codecs,
                                  schema::OpenEndpoint::Feedback feedback);
// Of an endpoint that stood before a restart.
schema::AgentRequest restored(schema::AgentRequest open);
schema::AgentRequest end_of_restore();
schema::AgentRequest close_endpoint(const std::string& endpoint_id);
schema::AgentRequest remote_offer(const std::string& endpoint_id, uint64_t negotiation,
                                  const std::string& sdp,
                                  const std::map<std::string, signaling::Source>& sources);
schema::AgentRequest remote_answer(const std::string& endpoint_id, uint64_t negotiation,
                                   const std::string& sdp);
schema::AgentRequest remote_candidate(const std::string& endpoint_id, const std::string& mid,
                                      const std::string& candidate);
schema::AgentRequest restart_ice(const std::string& endpoint_id);
schema::AgentRequest unsubscribe(const std::string& subscription_id);
schema::AgentRequest set_track_muted(const std::string& track_id, bool muted, uint64_t generation);

schema::TrackSource to_schema(signaling::Source source);
// Nothing for a source that the protocol does not know.
std::optional<signaling::Source> from_schema(schema::TrackSource source);

}  // namespace sluice::conference
