#include "tests/unit/controlplane/agent/agent_fixture.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

#include "controlplane/agent/receive_offer.h"

namespace sluice::agent::test {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Media;

AgentTest::AgentTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-agent-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  directory = pattern;
  config.region_directory = directory + "/region";
  config.control.state_directory = directory + "/state";
  config.control.srtp_profiles = {srtp::Profile::aead_aes_256_gcm, srtp::Profile::aead_aes_128_gcm,
                                  srtp::Profile::aes128_cm_sha1_80};
  config.capacities = FakePlane::small_capacities();
}

AgentTest::~AgentTest() {
  agent.reset();
  plane.reset();
  std::filesystem::remove_all(directory);
}

void AgentTest::start_plane() {
  plane = std::make_unique<FakePlane>(config.region_directory, config.capacities);
}

void AgentTest::start_agent() {
  auto opened = journal::Journal::open(directory + "/control.journal");
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  journal.emplace(std::move(*opened));
  auto made = Agent::make(
      io, config, *journal, [this](const schema::AgentReport& r) { on_report(r); }, handshake_max);
  ASSERT_TRUE(made.ok()) << made.error().message;
  agent = std::move(*made);
}

void AgentTest::restart_agent() {
  agent.reset();
  journal.reset();
  local.clear();
  descriptions.clear();
  endpoints.clear();
  tracks.clear();
  subscriptions.clear();
  node_states.clear();
  start_agent();
  until("the node is ready",
        [&] { return !node_states.empty() && node_states.back().dataplane_ready(); });
}

void AgentTest::until(const std::string& what, const std::function<bool()>& is_so) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_so()) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "never: " << what;
    io.restart();
    io.run_for(std::chrono::milliseconds(1));
    if (plane) plane->step();
  }
}

void AgentTest::settle() {
  for (int i = 0; i < 30; ++i) {
    io.restart();
    io.run_for(std::chrono::milliseconds(1));
    if (plane) plane->step();
  }
}

void AgentTest::on_report(const schema::AgentReport& r) {
  if (r.has_local_description()) {
    local[r.local_description().endpoint_id()] = r.local_description();
    ++descriptions[r.local_description().endpoint_id()];
  }
  if (r.has_description_refused()) {
    refused[r.description_refused().endpoint_id()] = r.description_refused();
  }
  if (r.has_endpoint_state()) endpoints[r.endpoint_state().endpoint_id()] = r.endpoint_state();
  if (r.has_track_state()) tracks[r.track_state().track_id()] = r.track_state();
  if (r.has_subscription_state()) {
    subscriptions[r.subscription_state().subscription_id()] = r.subscription_state();
  }
  if (r.has_speaker_level()) levels[r.speaker_level().track_id()] = r.speaker_level();
  if (r.has_offer_wanted()) offers_wanted.push_back(r.offer_wanted().endpoint_id());
  if (r.has_node_state()) node_states.push_back(r.node_state());
}

void AgentTest::open_publish(const std::string& id, std::vector<std::string> codecs) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(id);
  open.set_role(schema::OpenEndpoint::PUBLISH);
  for (const auto& c : codecs) open.add_allowed_codecs(c);
  agent->on_request(request);
}

void AgentTest::open_receive(const std::string& id, std::vector<std::string> codecs,
                             schema::OpenEndpoint::Feedback feedback) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(id);
  open.set_role(schema::OpenEndpoint::RECEIVE);
  open.set_feedback(feedback);
  for (const auto& c : codecs) open.add_codecs(c);
  agent->on_request(request);
}

void AgentTest::restore(const std::string& id, schema::OpenEndpoint::Role role) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(id);
  open.set_role(role);
  open.set_generation(1);
  open.set_restore(true);
  agent->on_request(request);
}

void AgentTest::end_restore() {
  schema::AgentRequest request;
  request.mutable_end_of_restore();
  agent->on_request(request);
}

void AgentTest::open_play(const std::string& id, std::vector<std::string> codecs) {
  schema::AgentRequest request;
  auto& open = *request.mutable_open_endpoint();
  open.set_endpoint_id(id);
  open.set_role(schema::OpenEndpoint::PLAY);
  for (const auto& c : codecs) open.add_codecs(c);
  agent->on_request(request);
}

void AgentTest::close(const std::string& id) {
  schema::AgentRequest request;
  request.mutable_close_endpoint()->set_endpoint_id(id);
  agent->on_request(request);
}

void AgentTest::offer(const std::string& id, uint64_t negotiation, const std::string& sdp,
                      const std::map<std::string, schema::TrackSource>& sources) {
  schema::AgentRequest request;
  auto& d = *request.mutable_remote_description();
  d.set_endpoint_id(id);
  d.set_negotiation(negotiation);
  d.set_type("offer");
  d.set_sdp(sdp);
  for (const auto& [mid, source] : sources) (*d.mutable_sources())[mid] = source;
  agent->on_request(request);
}

void AgentTest::answer(const std::string& id, uint64_t negotiation, const std::string& sdp) {
  schema::AgentRequest request;
  auto& d = *request.mutable_remote_description();
  d.set_endpoint_id(id);
  d.set_negotiation(negotiation);
  d.set_type("answer");
  d.set_sdp(sdp);
  agent->on_request(request);
}

void AgentTest::subscribe(const std::string& id, const std::string& receiver,
                          const std::string& track, const std::string& pair, uint64_t generation) {
  schema::AgentRequest request;
  auto& s = *request.mutable_subscribe();
  s.set_subscription_id(id);
  s.set_receiver_endpoint_id(receiver);
  s.set_track_id(track);
  s.set_pair_id(pair);
  s.set_generation(generation);
  s.set_encoding_cap(255);
  s.set_temporal_cap(255);
  agent->on_request(request);
}

void AgentTest::unsubscribe(const std::string& id) {
  schema::AgentRequest request;
  request.mutable_unsubscribe()->set_subscription_id(id);
  agent->on_request(request);
}

void AgentTest::restart_ice(const std::string& id) {
  schema::AgentRequest request;
  request.mutable_restart_ice()->set_endpoint_id(id);
  agent->on_request(request);
}

std::string AgentTest::accept(const std::string& offer_sdp, const DtlsPeer& peer,
                              proto::sdp::Setup setup) {
  Description d = parsed(offer_sdp);
  d.ice_lite = false;
  for (Media& m : d.media) {
    m.candidates.clear();
    m.msids.clear();
    m.sources.clear();
    m.direction = Direction::recvonly;
    m.ice_ufrag = "peer";
    m.ice_pwd = "0123456789012345678901";
    m.fingerprints = {peer.fingerprint()};
    m.setup = setup;
  }
  return write_description(d);
}

std::string AgentTest::with_certificate(const std::string& file, const DtlsPeer& peer,
                                        const std::string& setup) {
  std::ifstream in(std::string(SLUICE_TEST_DATA) + "/" + file, std::ios::binary);
  EXPECT_TRUE(in.good()) << file;
  std::ostringstream text;
  text << in.rdbuf();
  Description one;
  Media m;
  m.kind = "audio";
  m.payloads.emplace_back();
  m.fingerprints = {peer.fingerprint()};
  one.media = {m};
  const std::string written = write_description(one);
  const std::size_t at = written.find("a=fingerprint:");
  const std::string line = written.substr(at, written.find('\r', at) - at);
  std::string sdp = std::regex_replace(text.str(), std::regex("a=fingerprint:[^\r\n]*"), line);
  return std::regex_replace(sdp, std::regex("a=setup:actpass"), "a=setup:" + setup);
}

Description AgentTest::publish(const std::string& id, const std::string& file, DtlsPeer& peer) {
  open_publish(id);
  offer(id, 1, with_certificate(file, peer));
  until(id + " is answered", [&] { return local.contains(id); });
  return parsed(local[id].sdp());
}

void AgentTest::handshake(const std::string& id, shm::SlotRef ref, DtlsPeer& peer) {
  plane->event(shm::EventKind::endpoint_connected, ref);
  peer.start();
  until(id + " shakes hands", [&] {
    for (const auto& d : peer.take_output()) plane->punt(ref, d);
    for (const auto& d : plane->take_injected(ref)) peer.on_datagram(d);
    peer.on_timeout();
    const auto p = phase(id);
    return p == schema::EndpointState::FAILED ||
           (p == schema::EndpointState::CONNECTED && peer.connected());
  });
}

void AgentTest::expect_keys_of(const shm::EndpointKeys& k, const DtlsPeer& peer,
                               bool peer_is_client) {
  const std::size_t key = srtp::key_length(k.profile);
  const std::size_t salt = srtp::salt_length(k.profile);
  const std::vector<uint8_t> m = peer.exported(key, salt);
  const srtp::MasterKey& client = peer_is_client ? k.recv : k.send;
  const srtp::MasterKey& server = peer_is_client ? k.send : k.recv;
  EXPECT_EQ(std::memcmp(client.key.data(), m.data(), key), 0);
  EXPECT_EQ(std::memcmp(server.key.data(), m.data() + key, key), 0);
  EXPECT_EQ(std::memcmp(client.salt.data(), m.data() + 2 * key, salt), 0);
  EXPECT_EQ(std::memcmp(server.salt.data(), m.data() + 2 * key + salt, salt), 0);
}

schema::EndpointState::Phase AgentTest::phase(const std::string& id) const {
  const auto at = endpoints.find(id);
  return at == endpoints.end() ? schema::EndpointState::PHASE_NONE : at->second.phase();
}

Description AgentTest::parsed(const std::string& sdp) {
  auto d = proto::sdp::parse_description(sdp, answer_limits);
  EXPECT_TRUE(d.ok()) << (d.ok() ? "" : d.error().message);
  return d.ok() ? std::move(*d) : Description{};
}

AgentOnPlane::AgentOnPlane() {
  start_plane();
  start_agent();
  until("the node is ready",
        [&] { return !node_states.empty() && node_states.back().dataplane_ready(); });
}

shm::SlotRef AgentOnPlane::receive(const std::string& id, DtlsPeer& peer,
                                   std::vector<std::string> codecs) {
  open_receive(id, std::move(codecs));
  until(id + " is offered", [&] { return local.contains(id); });
  const std::string sdp = local[id].sdp();
  answer(id, local[id].negotiation(), accept(sdp, peer));
  settle();
  return endpoint_of(parsed(sdp));
}

void AgentOnPlane::answer_newest(const std::string& id, DtlsPeer& peer) {
  answer(id, local[id].negotiation(), accept(local[id].sdp(), peer));
  settle();
}

}  // namespace sluice::agent::test
