// What floods may cost a worker in an interval, and that they cost nobody else anything.
#include "dataplane/budgets.h"

#include <gtest/gtest.h>

#include "common/proto/stun_integrity.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/stun.h"
#include "tests/fuzz/intruder.h"
#include "tests/fuzz/seeds.h"
#include "tests/rig/call.h"

namespace sluice {
namespace {

using fuzz::Guise;
using shm::Counter;
using Bytes = std::vector<uint8_t>;

Bytes check_of(const rig::Client& c, std::string_view pwd) {
  Bytes bytes(256);
  wire::StunWriter w(bytes, wire::StunType::binding_request, wire::StunTransactionId{});
  w.add_username(c.ufrag + ":peer");
  w.add_u64(wire::StunAttribute::ice_controlling, 7);
  bytes.resize(proto::finish_with_integrity(w, pwd));
  return bytes;
}

class BudgetsTest : public testing::Test {
 protected:
  BudgetsTest() : intruder_(call_) {
    // At the beginning of an interval.
    call_.rig().advance(dataplane::budget_interval_ns);
    expect_call();
    before_ = call_.rig().counters();
  }
  ~BudgetsTest() override { expect_call(); }

  void flood(Guise guise, const Bytes& bytes, int n) {
    for (int i = 0; i < n; ++i) {
      ASSERT_TRUE(intruder_.send(guise, bytes));
      if (i % 64 == 63) step();
    }
    step();
  }
  void step() {
    call_.rig().step();
    call_.rig().drain();
  }
  void next_interval() { call_.rig().advance(dataplane::budget_interval_ns); }
  void expect_call() {
    EXPECT_EQ(call_.beat(), "");
    EXPECT_EQ(call_.balance(), "");
  }
  uint64_t counted(Counter c) { return call_.rig().counters()[c] - before_[c]; }

  rig::Call call_;
  fuzz::Intruder intruder_;
  shm::Counters before_;
};

TEST_F(BudgetsTest, WhoKnowsAFragmentSpendsWhatItsOwnerHasAndOthersJoinMeanwhile) {
  const Bytes wrong = check_of(call_.bob(), "not the password");
  flood(Guise::stranger, wrong, 300'000);
  EXPECT_EQ(counted(Counter::drop_stun_unauthenticated), dataplane::endpoint_unverified_max);
  EXPECT_EQ(counted(Counter::drop_stun_budget), 300'000u - dataplane::endpoint_unverified_max);
  // Somebody who joins at that moment is answered, and Bob himself.
  flood(Guise::stranger, check_of(call_.mallory(), call_.mallory().pwd), 1);
  flood(Guise::bob, check_of(call_.bob(), call_.bob().pwd), 1);
  EXPECT_EQ(counted(Counter::stun_answered), 2u);
  next_interval();
  flood(Guise::stranger, wrong, 1);
  EXPECT_EQ(counted(Counter::drop_stun_unauthenticated), dataplane::endpoint_unverified_max + 1u);
}

TEST(Budgets, OfASourceAreNotThoseOfAnother) {
  dataplane::Budgets budgets;
  budgets.refresh(ns_per_s);
  dataplane::Flow one{}, another{};
  one.remote_ip[3] = 1;
  another.remote_ip[3] = 2;
  // Many endpoints' fragments, from one address.
  for (uint32_t i = 0; i < dataplane::source_checks_max; ++i) {
    dataplane::EndpointSpending fresh;
    ASSERT_TRUE(budgets.may_verify(fresh, one));
    budgets.on_unverified(fresh, one);
  }
  EXPECT_FALSE(budgets.may_verify({}, one));
  EXPECT_TRUE(budgets.may_verify({}, another));
  budgets.refresh(ns_per_s + dataplane::budget_interval_ns);
  EXPECT_TRUE(budgets.may_verify({}, one));
}

TEST_F(BudgetsTest, AnEndpointIsAnsweredSoOftenAndNotLessForWhatOthersDo) {
  constexpr uint16_t answered_max =
      dataplane::endpoint_tries_max / (dataplane::tries_of(100) + dataplane::answer_tries);
  flood(Guise::mallory, check_of(call_.mallory(), call_.mallory().pwd), 6'000);
  EXPECT_EQ(counted(Counter::stun_answered), answered_max);
  EXPECT_EQ(counted(Counter::drop_stun_budget), 6'000u - answered_max);
  flood(Guise::bob, check_of(call_.bob(), call_.bob().pwd), 10);
  EXPECT_EQ(counted(Counter::stun_answered), answered_max + 10u);
}

TEST_F(BudgetsTest, ForgedMediaIsTriedSoOftenAndTheCallGoesOn) {
  // With an SSRC of hers and a number that nobody who does not see the packets would hit.
  Bytes forged = call_.last_packets()[1];
  forged[2] = static_cast<uint8_t>(forged[2] + 0x20);
  flood(Guise::alice, forged, 5'000);
  EXPECT_EQ(counted(Counter::drop_auth_failed), dataplane::endpoint_forged_soft_max);
  EXPECT_EQ(counted(Counter::drop_srtp_budget), 5'000u - dataplane::endpoint_forged_soft_max);
  expect_call();
  // Who sees them can make her packets be dropped, in this interval and no other.
  forged = call_.last_packets()[1];
  forged[3] = static_cast<uint8_t>(forged[3] + 10);
  flood(Guise::alice, forged, 20'000);
  EXPECT_EQ(counted(Counter::drop_auth_failed), dataplane::endpoint_forged_hard_max);
  next_interval();
}

TEST_F(BudgetsTest, FeedbackOfOneEndpointIsBoundedAndOthersIsTaken) {
  Bytes report(64);
  report.resize(wire::write_rr(report, Ssrc(1), {}));
  flood(Guise::guest_srtcp, report, 2'000);
  EXPECT_EQ(counted(Counter::rtcp_in), dataplane::endpoint_rtcp_max);
  EXPECT_EQ(counted(Counter::drop_rtcp_budget), 2'000u - dataplane::endpoint_rtcp_max);
  next_interval();
  flood(Guise::guest_srtcp, report, 1);
  EXPECT_EQ(counted(Counter::rtcp_in), dataplane::endpoint_rtcp_max + 1u);
}

TEST_F(BudgetsTest, ForgedFeedbackIsTriedSoOftenAndTheOwnersComesBetween) {
  Bytes report(64);
  report.resize(wire::write_rr(report, Ssrc(1), {}));
  Bytes forged = report;
  forged.resize(report.size() + 20);  // an index and a tag that nobody computed
  flood(Guise::mallory, forged, dataplane::endpoint_rtcp_tries_max - 1);
  flood(Guise::guest_srtcp, report, 1);
  EXPECT_EQ(counted(Counter::rtcp_in), 1u);
  flood(Guise::mallory, forged, 1'000);
  EXPECT_EQ(counted(Counter::drop_auth_failed), dataplane::endpoint_rtcp_tries_max);
  EXPECT_EQ(counted(Counter::drop_rtcp_budget), 999u);
  // Checks have a share that no feedback takes.
  flood(Guise::mallory, check_of(call_.mallory(), call_.mallory().pwd), 1);
  EXPECT_EQ(counted(Counter::stun_answered), 1u);
  next_interval();
  flood(Guise::guest_srtcp, report, 1);
  EXPECT_EQ(counted(Counter::rtcp_in), 2u);
}

TEST_F(BudgetsTest, HandshakesOfOneEndpointAreBounded) {
  const Bytes hello = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
  flood(Guise::mallory, hello, 1'000);
  EXPECT_EQ(counted(Counter::punted_endpoint), dataplane::endpoint_handshake_max);
  EXPECT_EQ(counted(Counter::drop_dtls_budget), 1'000u - dataplane::endpoint_handshake_max);
  flood(Guise::bob, hello, 1);
  EXPECT_EQ(counted(Counter::punted_endpoint), dataplane::endpoint_handshake_max + 1u);
}

TEST_F(BudgetsTest, EchoesAreAnsweredSoOften) {
  for (const fuzz::Seed& seed : fuzz::seeds()) {
    if (seed.name == "echo") flood(seed.guise, seed.bytes, 1'000);
  }
  EXPECT_EQ(counted(Counter::icmp_answered), dataplane::echoes_max);
  EXPECT_EQ(counted(Counter::drop_echo_budget), 1'000u - dataplane::echoes_max);
}

}  // namespace
}  // namespace sluice
