#include "common/shm/publisher.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "common/shm/news_reader.h"
#include "common/shm/table_check.h"
#include "tests/unit/shm/churn.h"
#include "tests/unit/shm/records.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

class PublisherTest : public testing::Test {
 protected:
  void make(uint32_t workers = 2) {
    region = open_region(directory.path(), Access::create, small_capacities(workers));
    ASSERT_NE(region, nullptr);
    publisher.emplace(*region, 1);
    for (uint32_t w = 0; w < workers; ++w) {
      readers.emplace_back(region->rings(w).news, region->control(), region->worker(w));
    }
  }
  // A whole loop of one worker.
  void pass(uint32_t worker) {
    readers[worker].poll(1'000, [](const News&) {});
    readers[worker].rescanned();
    readers[worker].quiesce();
  }
  SlotRef endpoint(uint64_t id) {
    return *publisher->publish(endpoint_record(id), endpoint_keys(id));
  }
  SlotState state(TableId t, uint32_t slot) { return region->head(t, slot).word.load().state; }
  void expect_valid(bool warnings_allowed = false) {
    for (const Finding& f : check_tables(*region)) {
      if (f.warning && warnings_allowed) continue;
      ADD_FAILURE() << static_cast<int>(f.table) << "/" << f.slot << ": " << f.text;
    }
  }
  void expect_sound() {
    expect_valid();
    EXPECT_EQ(leak_of(*region, *publisher), "");
  }

  RegionDirectory directory;
  std::unique_ptr<Region> region;
  std::optional<Publisher> publisher;
  std::vector<NewsReader> readers;
};

TEST_F(PublisherTest, a_slot_lives_from_free_to_live_to_retired_to_free) {
  make();
  const SlotRef e = endpoint(1);
  EXPECT_EQ(e.slot, 0u);
  EXPECT_EQ(e.generation, 1u);
  EXPECT_EQ(state(TableId::endpoint, 0), SlotState::live);
  const auto t = publisher->publish(track_record(2, e));
  const auto s = publisher->publish(stream_record(3, e, 10, 11));
  ASSERT_TRUE(t.ok() && s.ok());
  const auto sub = publisher->publish(subscription_record(*t, *s));
  ASSERT_TRUE(sub.ok());
  expect_sound();
  publisher->retire(TableId::subscription, *sub);
  EXPECT_EQ(state(TableId::subscription, 0), SlotState::retired);
  publisher->retire(TableId::subscription, *sub);  // again: stale, ignored
  EXPECT_EQ(publisher->retired_count(), 1u);
  publisher->reclaim(false);
  EXPECT_EQ(state(TableId::subscription, 0), SlotState::free);
  EXPECT_EQ(publisher->live(TableId::track), std::vector<SlotRef>{*t});
  expect_sound();
}

TEST_F(PublisherTest, a_reused_slot_never_matches_an_older_reference) {
  make();
  std::vector<SlotRef> old;
  for (uint64_t i = 1; i <= 100; ++i) {
    const SlotRef e = endpoint(i);
    for (const SlotRef o : old) EXPECT_FALSE(o == e);
    old.push_back(e);
    publisher->retire(TableId::endpoint, e);
    publisher->reclaim(false);
    EXPECT_FALSE(region->endpoint(e.slot).head.word.is_live(e, e.slot));
  }
}

TEST_F(PublisherTest, generations_skip_zero_when_they_wrap) {
  make();
  region->endpoint(0).head.word.store(SlotState::free, Generation(~0u));
  EXPECT_EQ(endpoint(1).generation, 1u);
}

TEST_F(PublisherTest, a_retired_slot_waits_for_every_worker) {
  for (uint32_t workers = 1; workers <= 4; ++workers) {
    SCOPED_TRACE(workers);
    std::filesystem::remove_all(directory.path() + "/tables");
    readers.clear();
    publisher.reset();
    region.reset();
    make(workers);
    for (uint32_t w = 0; w < workers; ++w) pass(w);
    const SlotRef e = endpoint(1);
    publisher->retire(TableId::endpoint, e);
    for (uint32_t w = 0; w < workers; ++w) {
      publisher->reclaim(true);
      EXPECT_EQ(state(TableId::endpoint, e.slot), SlotState::retired) << "before worker " << w;
      pass(w);
    }
    publisher->reclaim(true);
    EXPECT_EQ(state(TableId::endpoint, e.slot), SlotState::free);
  }
}

TEST_F(PublisherTest, a_worker_that_has_not_read_its_news_has_not_passed) {
  make(1);
  pass(0);
  const SlotRef e = endpoint(1);
  publisher->retire(TableId::endpoint, e);
  readers[0].poll(1, [](const News&) {});  // one of two
  readers[0].quiesce();
  publisher->reclaim(true);
  EXPECT_EQ(state(TableId::endpoint, e.slot), SlotState::retired);
  readers[0].poll(1, [](const News&) {});
  readers[0].quiesce();
  publisher->reclaim(true);
  EXPECT_EQ(state(TableId::endpoint, e.slot), SlotState::free);
}

TEST_F(PublisherTest, a_full_news_ring_makes_its_worker_rescan_before_it_passes) {
  make(1);
  pass(0);
  EXPECT_FALSE(readers[0].rescan_due());
  const SlotRef e = endpoint(1);
  const auto t = publisher->publish(track_record(2, e));
  for (uint32_t i = 0; i < region->capacities().news; ++i)
    ASSERT_TRUE(publisher->update(*t, track_record(2, e)).ok());
  publisher->retire(TableId::track, *t);  // this news is lost
  readers[0].poll(1'000, [](const News&) {});
  EXPECT_TRUE(readers[0].rescan_due());
  readers[0].quiesce();
  publisher->reclaim(true);
  EXPECT_EQ(state(TableId::track, t->slot), SlotState::retired);
  readers[0].begin_rescan();
  // Lost again meanwhile: the rescan under way does not make up for it.
  for (uint32_t i = 0; i <= region->capacities().news; ++i)
    ASSERT_TRUE(publisher->update(e, endpoint_record(1)).ok());
  readers[0].poll(1'000, [](const News&) {});
  readers[0].rescanned();
  EXPECT_TRUE(readers[0].rescan_due());
  pass(0);
  EXPECT_FALSE(readers[0].rescan_due());
  publisher->reclaim(true);
  EXPECT_EQ(state(TableId::track, t->slot), SlotState::free);
}

TEST_F(PublisherTest, a_full_table_is_an_error_that_names_the_setting) {
  make();
  for (uint64_t i = 1; i <= region->capacities().endpoints; ++i) endpoint(i);
  const auto r = publisher->publish(endpoint_record(99), endpoint_keys(99));
  ASSERT_FALSE(r.ok());
  EXPECT_NE(r.error().message.find("endpoints_max"), std::string::npos) << r.error().message;
}

TEST_F(PublisherTest, refuses_what_does_not_validate_or_refers_to_nothing_live) {
  make();
  EXPECT_FALSE(publisher->publish(EndpointRecord{}, endpoint_keys(1)).ok());
  EXPECT_FALSE(publisher->publish(endpoint_record(1), endpoint_keys(1, 7)).ok());
  EXPECT_FALSE(publisher->publish(track_record(1, {0, 1})).ok());
  const SlotRef e = endpoint(1);
  const SlotRef gone = endpoint(2);
  publisher->retire(TableId::endpoint, gone);
  EXPECT_FALSE(publisher->publish(track_record(3, gone)).ok());
  EXPECT_FALSE(publisher->publish(stream_record(3, gone, 1)).ok());
  EXPECT_FALSE(publisher->update(gone, endpoint_record(2)).ok());
  EXPECT_FALSE(publisher->update(e, endpoint_record(9)).ok()) << "another id";
  const auto t = publisher->publish(track_record(3, e));
  EXPECT_FALSE(publisher->publish(subscription_record(*t, {0, 1})).ok());
  TrackRecord audio = track_record(5, e);
  audio.kind = MediaKind::audio;
  audio.source = TrackSource::microphone;
  const auto a = publisher->publish(audio);
  const auto s = publisher->publish(stream_record(6, e, 10));
  EXPECT_FALSE(publisher->publish(subscription_record(*a, *s)).ok()) << "audio into a video stream";
  EXPECT_TRUE(publisher->publish(subscription_record(*t, *s)).ok());
  EXPECT_FALSE(publisher->update(*t, audio).ok());
  expect_sound();
}

TEST_F(PublisherTest, an_ssrc_is_spent_until_its_endpoint_is_gone) {
  make();
  const SlotRef e = endpoint(1);
  const SlotRef other = endpoint(2);
  const auto s = publisher->publish(stream_record(3, e, 10, 11));
  EXPECT_FALSE(publisher->publish(stream_record(4, other, 10)).ok());
  EXPECT_FALSE(publisher->publish(stream_record(4, other, 12, 11)).ok());
  publisher->retire(TableId::stream, *s);
  publisher->reclaim(false);
  EXPECT_EQ(publisher->retired_count(), 1u);
  EXPECT_FALSE(publisher->publish(stream_record(4, e, 11)).ok());
  // Another control plane knows it as well.
  publisher.emplace(*region, 2);
  publisher->reclaim(false);
  EXPECT_FALSE(publisher->publish(stream_record(4, e, 11)).ok());
  publisher->retire(TableId::endpoint, e);
  publisher->reclaim(false);
  EXPECT_EQ(publisher->retired_count(), 0u);
  EXPECT_TRUE(publisher->publish(stream_record(4, other, 10, 11)).ok());
  expect_sound();
}

TEST_F(PublisherTest, another_srtp_key_is_another_epoch) {
  make();
  const SlotRef e = endpoint(1);
  EndpointRecord r = endpoint_record(1);
  r.srtp_profile = srtp::Profile::aead_aes_128_gcm;
  EXPECT_FALSE(publisher->update(e, r, endpoint_keys(1, 0, r.srtp_profile)).ok());
  r.key_epoch = 1;
  EXPECT_FALSE(publisher->update(e, r).ok()) << "record before its keys";
  EXPECT_TRUE(publisher->update(e, r, endpoint_keys(1, 1, r.srtp_profile)).ok());
  EXPECT_TRUE(publisher->update(e, r).ok());
  r.key_epoch = 2;
  EXPECT_FALSE(publisher->update(e, r, endpoint_keys(2, 2, r.srtp_profile)).ok())
      << "the indices of its streams belong to the first";
  expect_sound();
}

TEST_F(PublisherTest, an_ice_restart_keeps_both_passwords_until_the_old_one_is_dropped) {
  make();
  const SlotRef e = endpoint(1);
  EndpointRecord r = endpoint_record(1);
  EndpointKeys k = endpoint_keys(1);
  for (uint64_t n = 1; n <= 3; ++n) {
    SCOPED_TRACE(n);
    const EndpointRecord before = r;
    const EndpointKeys keys_before = k;
    r.previous_ufrag = r.ufrag;
    r.ufrag = Text<16>(name_of_restart(1, n));
    EXPECT_FALSE(publisher->update(e, r).ok()) << "the same password for another ufrag";
    k.previous_ice_pwd = k.ice_pwd;
    k.ice_pwd = Text<40>(password_of(r.ufrag));
    ASSERT_TRUE(publisher->update(e, r, k).ok());
    EndpointKeys read;
    ASSERT_TRUE(publisher->read_keys(e, read));
    EXPECT_EQ(read.ice_pwd, k.ice_pwd);
    EXPECT_EQ(read.previous_ice_pwd, keys_before.ice_pwd);
    EndpointRecord dropped;
    ASSERT_TRUE(region->endpoint(e.slot).record.read(dropped));
    EXPECT_EQ(dropped.previous_ufrag, before.ufrag);
    if (n == 2) continue;  // a restart during a restart
    r.previous_ufrag = {};
    k.previous_ice_pwd = {};
    ASSERT_TRUE(publisher->update(e, r, k).ok());
    ASSERT_TRUE(publisher->read_keys(e, read));
    EXPECT_EQ(read.ice_pwd, k.ice_pwd);
    EXPECT_TRUE(read.previous_ice_pwd.empty());
  }
  expect_sound();
}

TEST_F(PublisherTest, endpoints_that_negotiated_the_same_share_one_record) {
  make();
  const NegotiationRecord n = negotiation_record();
  NegotiationRecord other = n;
  other.recv_extensions.mid = 9;
  const auto negotiation = [&](SlotRef e) {
    EndpointRecord r;
    EXPECT_TRUE(region->endpoint(e.slot).record.read(r));
    return r.negotiation;
  };
  const SlotRef a = *publisher->publish(endpoint_record(1), endpoint_keys(1), n);
  const SlotRef b = *publisher->publish(endpoint_record(2), endpoint_keys(2), n);
  EXPECT_EQ(negotiation(a), negotiation(b));
  ASSERT_TRUE(publisher->update(b, endpoint_record(2), other).ok());
  const SlotRef left = negotiation(b);
  EXPECT_NE(negotiation(a), left);
  expect_sound();
  // Another control plane knows who uses what.
  publisher.emplace(*region, 2);
  EXPECT_EQ(publisher->live(TableId::negotiation).size(), 2u);
  ASSERT_TRUE(publisher->update(b, endpoint_record(2), n).ok());
  EXPECT_EQ(negotiation(a), negotiation(b));
  EXPECT_FALSE(region->negotiation(left.slot).head.word.is_live(left, left.slot));
  publisher->retire(TableId::endpoint, a);
  EXPECT_EQ(publisher->live(TableId::negotiation).size(), 1u);
  publisher->retire(TableId::endpoint, b);
  EXPECT_TRUE(publisher->live(TableId::negotiation).empty());
  publisher->reclaim(false);
  EXPECT_EQ(publisher->retired_count(), 0u);
  expect_sound();
}

TEST_F(PublisherTest, a_negotiation_that_a_dead_control_plane_left_to_nobody_is_retired) {
  make();
  Negotiation& row = region->negotiation(0);
  row.record.publish(negotiation_record());
  row.head.word.store(SlotState::live, Generation(1), 1);
  publisher.emplace(*region, 2);
  EXPECT_TRUE(publisher->live(TableId::negotiation).empty());
  publisher->reclaim(false);
  expect_sound();
}

TEST_F(PublisherTest, keys_of_a_freed_endpoint_are_wiped) {
  make();
  EndpointRecord r = endpoint_record(1);
  r.srtp_profile = srtp::Profile::aead_aes_256_gcm;
  const auto e = publisher->publish(r, endpoint_keys(1, 0, r.srtp_profile));
  ASSERT_TRUE(e.ok());
  ASSERT_TRUE(publisher->update(*e, r, endpoint_keys(1, 0, r.srtp_profile)).ok());
  publisher->retire(TableId::endpoint, *e);
  publisher->reclaim(false);
  const auto* bytes = reinterpret_cast<const unsigned char*>(&region->keys(e->slot));
  std::size_t set = 0;
  for (std::size_t i = 0; i < sizeof(EndpointKeyCell); ++i) set += bytes[i] != 0;
  EXPECT_EQ(set, 0u);
}

// What a control plane leaves behind that dies after the n-th store of an operation.
class PublisherCrash : public PublisherTest, public testing::WithParamInterface<int> {};

TEST_P(PublisherCrash, while_publishing_leaves_a_slot_that_is_swept) {
  make(1);
  pass(0);
  const SlotRef e = endpoint(1);
  Endpoint& half = region->endpoint(1);
  const int step = GetParam();
  if (step >= 2) half.head.word.store(SlotState::filling, Generation(1), 1);
  EndpointRecord shared;
  ASSERT_TRUE(region->endpoint(e.slot).record.read(shared));
  EndpointKeys k = endpoint_keys(2);
  k.generation = 1;
  if (step >= 3) region->keys(1).publish(k);
  EndpointRecord r = endpoint_record(2);
  r.negotiation = shared.negotiation;
  if (step >= 4) half.record.publish(r);
  if (step >= 5) half.head.word.store(SlotState::live, Generation(1));
  expect_valid();
  publisher.emplace(*region, 2);
  expect_sound();
  EXPECT_TRUE(region->endpoint(e.slot).head.word.is_live(e, e.slot));
  readers[0].poll(1'000, [](const News&) {});
  EXPECT_TRUE(readers[0].rescan_due()) << "nobody told the worker";
  if (step >= 5) {
    EXPECT_EQ(publisher->live(TableId::endpoint).size(), 2u);
  } else {
    // A worker that is alive may be reading it: not before it has passed.
    publisher->reclaim(true);
    EXPECT_EQ(publisher->retired_count(), step >= 2 ? 1u : 0u);
    pass(0);
    publisher->reclaim(true);
    EXPECT_EQ(publisher->retired_count(), 0u);
    EXPECT_EQ(publisher->free_count(TableId::endpoint), region->capacities().endpoints - 1u);
  }
  expect_sound();
}

TEST_P(PublisherCrash, while_publishing_a_stream_spends_no_ssrc) {
  make(1);
  const SlotRef e = endpoint(1);
  Stream& half = region->stream(0);
  const int step = GetParam();
  if (step >= 2) half.head.word.store(SlotState::filling, Generation(1));
  if (step >= 4) half.record.publish(stream_record(2, e, 10, 11));
  if (step >= 5) half.head.word.store(SlotState::live, Generation(1));
  publisher.emplace(*region, 2);
  publisher->reclaim(false);
  EXPECT_EQ(publisher->retired_count(), 0u);
  EXPECT_EQ(publisher->publish(stream_record(3, e, 10, 11)).ok(), step < 5);
  expect_sound();
}

TEST_P(PublisherCrash, while_retiring_or_freeing_is_finished) {
  make(1);
  pass(0);
  const SlotRef e = endpoint(1);
  Endpoint& half = region->endpoint(e.slot);
  const uint64_t epoch = region->control().epoch.load();
  const int step = GetParam();
  if (step >= 1) half.head.retired_epoch = epoch + 1;
  if (step >= 2) half.head.word.store(SlotState::retired, Generation(e.generation));
  if (step >= 3) region->control().epoch = epoch + 1;
  if (step >= 4) region->keys(e.slot).publish({});
  if (step >= 6) half.head.word.store(SlotState::free, Generation(e.generation));
  expect_valid();
  publisher.emplace(*region, 2);
  expect_sound();
  pass(0);
  publisher->reclaim(true);
  EXPECT_EQ(publisher->retired_count(), 0u);
  EXPECT_EQ(publisher->live(TableId::endpoint).size(), step >= 2 ? 0u : 1u);
  EXPECT_NE(endpoint(2), e);
  expect_sound();
}

TEST_P(PublisherCrash, between_keys_and_record_finishes_the_key_change) {
  make(1);
  const SlotRef e = endpoint(1);
  EndpointKeys k = endpoint_keys(1, 1, srtp::Profile::aead_aes_256_gcm);
  k.generation = e.generation;
  if (GetParam() >= 1) region->keys(e.slot).publish(k);
  expect_valid(true);
  publisher.emplace(*region, 2);
  EndpointRecord r;
  ASSERT_TRUE(region->endpoint(e.slot).record.read(r));
  EXPECT_EQ(r.key_epoch, GetParam() >= 1 ? 1 : 0);
  EXPECT_EQ(r.srtp_profile, GetParam() >= 1 ? k.profile : srtp::Profile::none);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(AtEachStore, PublisherCrash, testing::Range(0, 7));

}  // namespace
}  // namespace sluice::shm
