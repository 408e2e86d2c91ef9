// An agent on a real region in a directory of its own, with a fake data plane at the other end and
// clients made of SDP text and OpenSSL.
#pragma once

#include <agent.pb.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/proto/sdp/description.h"
#include "controlplane/agent/agent.h"
#include "controlplane/journal/journal.h"
#include "tests/unit/controlplane/agent/dtls_peer.h"
#include "tests/unit/controlplane/agent/fake_plane.h"

namespace sluice::agent::test {

// A browser's offer of one microphone and one camera.
inline constexpr const char* audio_video = "chromium_audio_video.sdp";

class AgentTest : public ::testing::Test {
 protected:
  AgentTest();
  ~AgentTest() override;

  void start_plane();
  void stop_plane() { plane.reset(); }
  void start_agent();
  // kill -9 and the next one: nothing that was reported before is left.
  void restart_agent();

  // Runs agent and plane until it is so; fails after 20 s.
  void until(const std::string& what, const std::function<bool()>& is_so);
  // A few turns of both.
  void settle();

  void open_publish(const std::string& id, std::vector<std::string> codecs = {});
  void open_receive(const std::string& id, std::vector<std::string> codecs = {},
                    schema::OpenEndpoint::Feedback feedback = schema::OpenEndpoint::REPORTS);
  void open_play(const std::string& id, std::vector<std::string> codecs = {});
  // As the conference says again what it wants after a restart.
  void restore(const std::string& id, schema::OpenEndpoint::Role role);
  void end_restore();
  void close(const std::string& id);
  void offer(const std::string& id, uint64_t negotiation, const std::string& sdp,
             const std::map<std::string, schema::TrackSource>& sources = {});
  void answer(const std::string& id, uint64_t negotiation, const std::string& sdp);
  void subscribe(const std::string& id, const std::string& receiver, const std::string& track,
                 const std::string& pair, uint64_t generation = 1);
  void unsubscribe(const std::string& id);
  void restart_ice(const std::string& id);

  // What a browser would answer to this offer: everything, with the peer's certificate.
  static std::string accept(const std::string& offer_sdp, const DtlsPeer& peer,
                            proto::sdp::Setup setup = proto::sdp::Setup::active);
  // A file of tests/unit/proto/data with the peer's certificate in place of the browser's.
  static std::string with_certificate(const std::string& file, const DtlsPeer& peer,
                                      const std::string& setup = "actpass");
  // Opens, offers the file and waits for the answer.
  proto::sdp::Description publish(const std::string& id, const std::string& file, DtlsPeer& peer);
  // Carries DTLS between a peer and the endpoint until it is keyed or has failed.
  void handshake(const std::string& id, shm::SlotRef ref, DtlsPeer& peer);
  // RFC 5764 s4.2: the record has the keys the peer exported, each for its direction.
  static void expect_keys_of(const shm::EndpointKeys& k, const DtlsPeer& peer, bool peer_is_client);

  shm::SlotRef endpoint_of(const proto::sdp::Description& ours) {
    return plane->find_endpoint(ours.media.front().ice_ufrag);
  }
  schema::EndpointState::Phase phase(const std::string& id) const;
  // The newest of each, by id. `descriptions` counts what came per endpoint.
  std::map<std::string, schema::LocalDescription> local;
  std::map<std::string, int> descriptions;
  std::map<std::string, schema::DescriptionRefused> refused;
  std::map<std::string, schema::EndpointState> endpoints;
  std::map<std::string, schema::TrackState> tracks;
  std::map<std::string, schema::SubscriptionState> subscriptions;
  std::map<std::string, schema::SpeakerLevel> levels;
  std::vector<schema::NodeState> node_states;
  std::vector<std::string> offers_wanted;  // of these endpoints, in order

  static proto::sdp::Description parsed(const std::string& sdp);

  TimeNs handshake_max = handshake_max_ns;  // of the agent that is started next
  std::string directory;
  config::Config config;
  boost::asio::io_context io;
  std::unique_ptr<FakePlane> plane;
  std::optional<journal::Journal> journal;  // opened with the agent
  std::unique_ptr<Agent> agent;

 private:
  void on_report(const schema::AgentReport& report);
};

// With a data plane that is ready.
class AgentOnPlane : public AgentTest {
 protected:
  AgentOnPlane();

  // A receiver whose first offer is answered.
  shm::SlotRef receive(const std::string& id, DtlsPeer& peer, std::vector<std::string> codecs = {});
  void answer_newest(const std::string& id, DtlsPeer& peer);
};

}  // namespace sluice::agent::test
