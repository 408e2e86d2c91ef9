#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

using enum shm::Counter;

TEST(Drops, names_them_and_both_identities_hold) {
  Instance instance;
  instance.publish(0, balanced());
  instance.publish(1, balanced());
  const Answer text = instance.ask({"drops"});
  EXPECT_EQ(text.code, ExitCode::ok) << text.out << text.err;
  EXPECT_TRUE(text.says("drop_auth_failed")) << text.out;
  EXPECT_TRUE(text.says("SRTP or SRTCP tag does not verify"));
  EXPECT_TRUE(text.says("egress_paused"));
  EXPECT_FALSE(text.says("drop_replayed"));
  EXPECT_FALSE(text.says("dead"));

  const auto json = instance.ask_json({"drops"});
  EXPECT_EQ(json["node"]["ingress_drops"]["drop_auth_failed"], 10);
  EXPECT_EQ(json["node"]["ingress_drops"]["drop_replayed"], 0);
  EXPECT_EQ(json["node"]["identities"]["received"]["in"], 200);
  EXPECT_EQ(json["node"]["identities"]["received"]["accounted"], 200);
  EXPECT_EQ(json["node"]["identities"]["received"]["difference"], 0);
  EXPECT_EQ(json["workers"].size(), 2U);
  EXPECT_EQ(json["workers"][1]["identities"]["visited"]["in"], 1'000);
  EXPECT_EQ(json["workers"][1]["identities"]["visited"]["difference"], 0);
}

TEST(Drops, a_packet_that_nobody_accounts_for_is_a_finding) {
  Instance instance;
  shm::Counters lost = balanced();
  lost[media_in] -= 1;
  instance.publish(0, lost);
  instance.publish(1, balanced());
  const Answer text = instance.ask({"drops"});
  EXPECT_EQ(text.code, ExitCode::finding);
  EXPECT_TRUE(text.says("DOES NOT HOLD")) << text.out;
  const auto json = instance.ask_json({"drops"});
  EXPECT_EQ(json["workers"][0]["identities"]["received"]["difference"], 1);
  EXPECT_EQ(json["workers"][1]["identities"]["received"]["difference"], 0);
  EXPECT_EQ(json["node"]["identities"]["received"]["difference"], 1);
}

TEST(Drops, a_packet_accounted_for_twice_is_a_finding) {
  Instance instance;
  shm::Counters twice = balanced();
  twice[egress_layer] += 3;
  instance.publish(0, twice);
  EXPECT_EQ(instance.ask({"drops"}).code, ExitCode::finding);
  const auto json = instance.ask_json({"drops"});
  EXPECT_EQ(json["node"]["identities"]["visited"]["accounted"], 1'003);
  EXPECT_EQ(json["node"]["identities"]["visited"]["difference"], -3);
}

TEST(Drops, two_workers_that_err_against_each_other_are_a_finding) {
  Instance instance;
  shm::Counters one = balanced();
  shm::Counters other = balanced();
  one[media_in] += 1;
  other[media_in] -= 1;
  instance.publish(0, one);
  instance.publish(1, other);
  EXPECT_EQ(instance.ask({"drops"}).code, ExitCode::finding);
}

TEST(Drops, a_fresh_region_has_none) {
  Instance instance;
  const Answer text = instance.ask({"drops"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("dropped on the way in: none")) << text.out;
}

}  // namespace
}  // namespace sluice::ctl
