// An agent that was killed, and the next one on the same region and journal.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/shm/worker_state.h"
#include "tests/unit/controlplane/agent/agent_fixture.h"

namespace sluice::agent::test {
namespace {

using proto::sdp::Description;
using schema::EndpointState;
using schema::OpenEndpoint;
using schema::SubscriptionState;
using shm::SlotRef;
using shm::TableId;

// Ada sends, Bob receives both her sources; both are connected.
struct AgentRestarts : AgentTest {
  AgentRestarts() {
    start_plane();
    start_agent();
    until("the node is ready",
          [&] { return !node_states.empty() && node_states.back().dataplane_ready(); });
    first_answer = publish("p", audio_video, ada);
    handshake("p", endpoint_of(first_answer), ada);
    open_receive("r");
    until("offered", [&] { return local.contains("r"); });
    first_offer = parsed(local["r"].sdp());
    answer("r", local["r"].negotiation(), accept(local["r"].sdp(), bob));
    handshake("r", endpoint_of(first_offer), bob);
    subscribe("r/1", "r", "p/0", "ada");
    subscribe("r/2", "r", "p/1", "ada");
    until("fed", [&] { return plane->live_subscriptions().size() == 2; });
    until("told", [&] { return subscriptions.size() == 2; });
    mids = {{"r/1", subscriptions["r/1"].mid()}, {"r/2", subscriptions["r/2"].mid()}};
    // What a worker writes of a client that checks.
    for (const SlotRef ref : plane->live(TableId::endpoint)) {
      shm::EndpointState& state = plane->region().endpoint(ref.slot).state;
      shm::open_state(state, Generation(ref.generation));
      state.consent_ns.store(1);
      state.flags.store(shm::endpoint_flag_connected);
    }
  }

  using Tables = std::map<int, std::vector<std::pair<uint32_t, uint32_t>>>;
  Tables tables() {
    Tables out;
    for (const TableId t :
         {TableId::endpoint, TableId::track, TableId::stream, TableId::subscription}) {
      for (const SlotRef ref : plane->live(t)) {
        out[static_cast<int>(t)].emplace_back(ref.slot, ref.generation);
      }
    }
    return out;
  }

  void restore_both() {
    restore("p", OpenEndpoint::PUBLISH);
    restore("r", OpenEndpoint::RECEIVE);
    subscribe("r/1", "r", "p/0", "ada");
    subscribe("r/2", "r", "p/1", "ada");
    end_restore();
    until("told", [&] { return subscriptions.size() == 2 && endpoints.size() == 2; });
    settle();
  }

  DtlsPeer ada, bob;
  Description first_answer, first_offer;
  std::map<std::string, std::string> mids;
};

TEST_F(AgentRestarts, whatTheConferenceNamesGoesOnInItsSlots) {
  const Tables before = tables();
  const auto incarnation = plane->region().control().incarnation.load();
  restart_agent();
  EXPECT_NE(plane->region().control().incarnation.load(), incarnation);
  restore_both();
  EXPECT_EQ(tables(), before);
  EXPECT_EQ(phase("p"), EndpointState::CONNECTED);
  EXPECT_EQ(phase("r"), EndpointState::CONNECTED);
  EXPECT_EQ(tracks.size(), 2u);
  EXPECT_EQ(subscriptions["r/1"].mid(), mids["r/1"]);
  EXPECT_EQ(subscriptions["r/2"].mid(), mids["r/2"]);
  EXPECT_EQ(subscriptions["r/1"].phase(), SubscriptionState::WAITING);
  EXPECT_TRUE(local.empty()) << "nothing is negotiated again";
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentRestarts, restoringAgainAndAgainChangesNothing) {
  const Tables before = tables();
  for (int i = 0; i < 3; ++i) {
    restart_agent();
    restore_both();
    restore("r", OpenEndpoint::RECEIVE);
    settle();
    ASSERT_EQ(tables(), before) << "restart " << i;
  }
}

TEST_F(AgentRestarts, aLaterOfferContinuesTheDescription) {
  restart_agent();
  restore_both();
  // More people than the first step of the pool: Bob's transport grows.
  std::vector<std::unique_ptr<DtlsPeer>> peers;
  for (int i = 0; i < 6; ++i) {
    const std::string id = "q" + std::to_string(i);
    peers.push_back(std::make_unique<DtlsPeer>());
    publish(id, audio_video, *peers.back());
    subscribe("r/q" + std::to_string(i), "r", id + "/1", id);
  }
  until("offered again", [&] { return local.contains("r"); });
  const Description next = parsed(local["r"].sdp());
  EXPECT_EQ(next.session_id, first_offer.session_id);
  EXPECT_EQ(next.version, first_offer.version + 1);
  ASSERT_GT(next.media.size(), first_offer.media.size());
  for (std::size_t i = 0; i < first_offer.media.size(); ++i) {
    const auto &was = first_offer.media[i], &is = next.media[i];
    EXPECT_EQ(is.mid, was.mid);
    EXPECT_EQ(is.sources[0].ssrc, was.sources[0].ssrc);
    EXPECT_EQ(is.sources[0].cname, was.sources[0].cname);
    EXPECT_EQ(is.ice_ufrag, was.ice_ufrag);
    EXPECT_EQ(is.ice_pwd, was.ice_pwd);
    EXPECT_EQ(is.fingerprints, was.fingerprints);
  }
  DtlsPeer other;
  answer("r", local["r"].negotiation(), accept(local["r"].sdp(), other));
  until("refused", [&] { return refused.contains("r"); });
  EXPECT_NE(refused["r"].reason().find("fingerprint"), std::string::npos);
  answer("r", local["r"].negotiation(), accept(local["r"].sdp(), bob));
  until("all are fed", [&] { return plane->live_subscriptions().size() == 8; });
  EXPECT_EQ(plane->first_fault(), "");
}

TEST_F(AgentRestarts, aPublisherOffersAgainWithoutAnIceRestart) {
  restart_agent();
  restore_both();
  const SlotRef ref = plane->find_endpoint(first_answer.media[0].ice_ufrag);
  offer("p", 2, with_certificate(audio_video, ada));
  until("answered", [&] { return local.contains("p"); });
  const Description next = parsed(local["p"].sdp());
  EXPECT_EQ(next.session_id, first_answer.session_id);
  EXPECT_EQ(next.version, first_answer.version + 1);
  EXPECT_EQ(next.media[0].ice_ufrag, first_answer.media[0].ice_ufrag);
  Description moved = parsed(with_certificate(audio_video, ada));
  for (auto& m : moved.media) {
    m.ice_ufrag = "anew";
    m.ice_pwd = "abcdefghijklmnopqrstuvwx";
  }
  offer("p", 3, write_description(moved));
  until("answered", [&] { return local["p"].negotiation() == 3; });
  EXPECT_NE(parsed(local["p"].sdp()).media[0].ice_ufrag, first_answer.media[0].ice_ufrag);
  EXPECT_EQ(plane->endpoint(ref).previous_ufrag.view(), first_answer.media[0].ice_ufrag);
}

TEST_F(AgentRestarts, anOfferThatWasNotAnsweredIsMadeAgain) {
  restart_ice("r");
  until("offered", [&] { return local["r"].negotiation() == 2; });
  const Description lost = parsed(local["r"].sdp());
  restart_agent();
  restore_both();
  until("offered again", [&] { return local.contains("r"); });
  const Description again = parsed(local["r"].sdp());
  EXPECT_EQ(again.media[0].ice_ufrag, lost.media[0].ice_ufrag);
  ASSERT_FALSE(lost.media[0].candidates.empty());
  EXPECT_EQ(again.media[0].candidates, lost.media[0].candidates);
  EXPECT_GT(lost.media[0].candidates[0].priority, first_offer.media[0].candidates[0].priority);
  EXPECT_GT(again.version, lost.version);
  answer("r", local["r"].negotiation(), accept(local["r"].sdp(), bob));
  settle();
  EXPECT_EQ(descriptions["r"], 1);
}

TEST_F(AgentRestarts, whatNobodyNamesIsLetGo) {
  restart_agent();
  restore("r", OpenEndpoint::RECEIVE);
  subscribe("r/1", "r", "p/0", "ada");
  end_restore();
  settle();
  EXPECT_EQ(plane->live(TableId::endpoint).size(), 1u);
  EXPECT_TRUE(plane->live_tracks().empty());
  EXPECT_TRUE(plane->live_subscriptions().empty());
  EXPECT_EQ(plane->find_endpoint(first_offer.media[0].ice_ufrag),
            plane->live(TableId::endpoint)[0]);
  EXPECT_EQ(journal->records().size(), 1u);
}

TEST_F(AgentRestarts, aSubscriptionThatNobodyNamesGivesItsStreamBack) {
  restart_agent();
  restore("p", OpenEndpoint::PUBLISH);
  restore("r", OpenEndpoint::RECEIVE);
  subscribe("r/2", "r", "p/1", "ada");
  end_restore();
  settle();
  EXPECT_EQ(plane->live_subscriptions().size(), 1u);
  subscribe("r/3", "r", "p/0", "ada");
  until("told", [&] { return subscriptions.contains("r/3"); });
  EXPECT_EQ(subscriptions["r/3"].mid(), mids["r/1"]) << "lips and voice stay together";
}

TEST_F(AgentRestarts, withoutItsJournalEverythingIsLetGo) {
  agent.reset();
  journal.reset();
  std::filesystem::remove(directory + "/control.journal");
  restart_agent();
  restore("p", OpenEndpoint::PUBLISH);
  until("told", [&] { return phase("p") == EndpointState::FAILED; });
  EXPECT_FALSE(endpoints["p"].reason().empty());
  EXPECT_TRUE(plane->live(TableId::endpoint).empty());
  EXPECT_TRUE(plane->live(TableId::stream).empty());
  EXPECT_TRUE(plane->live(TableId::subscription).empty());
}

TEST_F(AgentRestarts, aHandshakeThatWasCutShortIsNotGoneOnWith) {
  DtlsPeer late;
  publish("q", audio_video, late);
  restart_agent();
  restore_both();
  restore("q", OpenEndpoint::PUBLISH);
  until("told", [&] { return phase("q") == EndpointState::FAILED; });
  EXPECT_EQ(plane->live(TableId::endpoint).size(), 2u);
}

TEST_F(AgentRestarts, anotherRegionIsAnotherBeginning) {
  agent.reset();
  plane.reset();
  std::filesystem::remove_all(config.region_directory);
  start_plane();
  restart_agent();
  restore("p", OpenEndpoint::PUBLISH);
  restore("r", OpenEndpoint::RECEIVE);
  end_restore();
  until("told",
        [&] { return phase("p") == EndpointState::FAILED && phase("r") == EndpointState::FAILED; });
  EXPECT_TRUE(journal->records().empty());
}

TEST_F(AgentRestarts, theJournalHoldsNoPassword) {
  std::ifstream in(directory + "/control.journal", std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  for (const SlotRef ref : plane->live(TableId::endpoint)) {
    EXPECT_EQ(bytes.str().find(plane->keys(ref).ice_pwd.view()), std::string::npos);
  }
  for (const auto& m : parsed(with_certificate(audio_video, ada)).media) {
    EXPECT_EQ(bytes.str().find(m.ice_pwd), std::string::npos);
  }
}

TEST_F(AgentRestarts, newcomersGoWhereThereIsLessToDo) {
  restart_agent();
  restore("p", OpenEndpoint::PUBLISH);
  end_restore();
  settle();
  DtlsPeer other;
  const Description second = publish("q", audio_video, other);
  EXPECT_NE(plane->endpoint(plane->find_endpoint(first_answer.media[0].ice_ufrag)).home_worker,
            plane->endpoint(endpoint_of(second)).home_worker);
}

}  // namespace
}  // namespace sluice::agent::test
