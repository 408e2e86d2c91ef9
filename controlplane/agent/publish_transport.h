// A transport the client offers: it sends, Sluice receives. Owns its tracks.
#pragma once

#include <map>
#include <set>
#include <string>

#include "controlplane/agent/endpoint.h"
#include "controlplane/agent/standing.h"
#include "controlplane/agent/tracks.h"

namespace sluice::agent {

class PublishTransport {
 public:
  PublishTransport(Node& node, Tracks& tracks, std::string endpoint_id);
  ~PublishTransport();

  Status open(const schema::OpenEndpoint& request);
  // One that stands in the tables, with its tracks. False: it cannot be gone on with.
  bool adopt(const StandingEndpoint& standing, const schema::JournaledTransport& known);
  // Leaves slots and journal as they are.
  void forget() { endpoint_.forget(); }
  // Again, with a newer generation: the room's codecs for the offers to come.
  void reopen(const schema::OpenEndpoint& request);
  // Answers, or refuses and changes nothing. `on_track_end`: before a track's slot is retired.
  void on_offer(const schema::RemoteDescription& offer,
                const std::function<void(const std::string& track_id)>& on_track_end);

  // To another home worker, with its tracks. The client's next offer is answered with that one's
  // candidates, and wanted.
  Status move(uint8_t worker);

  Endpoint& endpoint() { return endpoint_; }
  const std::set<std::string>& track_ids() const { return track_ids_; }

 private:
  struct Wanted {
    shm::TrackRecord record;
    schema::TrackSource source;
  };
  Status take(const schema::RemoteDescription& offer,
              const std::function<void(const std::string&)>& on_track_end);
  Result<std::map<std::string, Wanted>> wanted_tracks(const PublishAnswer& answer,
                                                      const schema::RemoteDescription& offer);
  Status take_tracks(const std::map<std::string, Wanted>& wanted,
                     const std::function<void(const std::string&)>& on_track_end);
  void report_answer();
  void remember() const;

  Node& node_;
  Tracks& tracks_;
  Endpoint endpoint_;
  std::vector<Codec> allowed_;
  uint64_t generation_ = 0;
  std::set<std::string> track_ids_;
  std::string session_id_;
  uint64_t version_ = 0;
  // The last exchange, so that an offer that is repeated is answered the same.
  uint64_t negotiation_ = 0;
  std::string offer_sdp_, answer_sdp_;
};

}  // namespace sluice::agent
