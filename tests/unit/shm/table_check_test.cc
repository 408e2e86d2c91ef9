#include "common/shm/table_check.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/shm/publisher.h"
#include "common/shm/worker_state.h"
#include "tests/unit/shm/records.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

// Two endpoints (0, 1), a track each (0, 1), a stream each (0, 1) and a subscription (0) from track
// 0 to stream 1.
class TableCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    region = open_region(directory.path(), Access::create);
    ASSERT_NE(region, nullptr);
    Publisher p(*region, 1);
    for (uint64_t i = 0; i < 2; ++i) {
      e[i] = *p.publish(endpoint_record(1 + i), endpoint_keys(1 + i));
      t[i] = *p.publish(track_record(11 + i, e[i]));
      s[i] = *p.publish(stream_record(21 + i, e[i], static_cast<uint32_t>(100 + i)));
    }
    sub = *p.publish(subscription_record(t[0], s[1]));
  }
  template <class Row>
  void change(Row& row, const std::function<void(typename Row::Record&)>& f) {
    typename Row::Record r;
    ASSERT_TRUE(row.record.read(r));
    f(r);
    row.record.publish(r);
  }
  void expect_finding(TableId table, uint32_t slot, bool warning, const std::string& part) {
    const auto findings = check_tables(*region);
    std::string all;
    for (const Finding& f : findings) {
      if (f.table == table && f.slot == slot && f.warning == warning &&
          f.text.find(part) != std::string::npos)
        return;
      all += std::to_string(static_cast<int>(f.table)) + "/" + std::to_string(f.slot) + " " +
             f.text + "\n";
    }
    ADD_FAILURE() << "no \"" << part << "\" among:\n" << all;
  }

  RegionDirectory directory;
  std::unique_ptr<Region> region;
  SlotRef e[2], t[2], s[2], sub;
};

TEST_F(TableCheckTest, finds_nothing_in_sound_tables_also_of_a_dead_daemon) {
  EXPECT_TRUE(check_tables(*region).empty());
  region.reset();
  const auto dead = open_region(directory.path(), Access::read_only);
  ASSERT_NE(dead, nullptr);
  EXPECT_FALSE(dead->has_keys());
  EXPECT_TRUE(check_tables(*dead).empty());
}

TEST_F(TableCheckTest, reports_records_that_do_not_validate) {
  change(region->endpoint(0), [](auto& r) { r.home_worker = 9; });
  expect_finding(TableId::endpoint, 0, false, "home worker out of range");
}

TEST_F(TableCheckTest, reports_names_in_use_twice) {
  change(region->endpoint(1), [](auto& r) { r.ufrag = Text<16>(name_of_id(1)); });
  expect_finding(TableId::endpoint, 1, false, "ufrag in use by another slot (slot 0)");
  change(region->endpoint(1), [](auto& r) { r.id = 1; });
  expect_finding(TableId::endpoint, 1, false, "id in use");
  change(region->endpoint(1), [](auto& r) { r.rtcp_ssrc = 100; });
  expect_finding(TableId::endpoint, 1, false, "RTCP SSRC in use by stream 0");
  change(region->stream(1), [](auto& r) { r.rtx_ssrc = 100; });
  expect_finding(TableId::stream, 1, false, "RTX SSRC in use by another stream");
  change(region->track(1), [&](auto& r) {
    r.endpoint = e[0];
    r.mid = Text<16>(name_of_id(11));
    r.csrc = track_record(11, e[0]).csrc;
    r.encodings[0].ssrc = 5;
  });
  change(region->track(0), [](auto& r) { r.encodings[0].rtx_ssrc = 5; });
  expect_finding(TableId::track, 1, false, "mid in use");
  expect_finding(TableId::track, 1, false, "CSRC in use");
  expect_finding(TableId::track, 1, false, "SSRC in use by another track of the endpoint");
}

TEST_F(TableCheckTest, a_reference_to_something_retired_is_a_warning) {
  Publisher p(*region, 2);
  p.retire(TableId::endpoint, e[0]);
  p.retire(TableId::stream, s[1]);
  expect_finding(TableId::track, 0, true, "endpoint it refers to was retired");
  expect_finding(TableId::stream, 0, true, "endpoint it refers to was retired");
  expect_finding(TableId::subscription, 0, true, "stream it refers to was retired");
  p.reclaim(false);
  (void)p.publish(endpoint_record(77), endpoint_keys(77));
  expect_finding(TableId::track, 0, true, "endpoint it refers to was retired");
}

TEST_F(TableCheckTest, a_reference_to_something_that_never_was_is_an_error) {
  change(region->track(0), [](auto& r) { r.endpoint.generation = 2; });
  expect_finding(TableId::track, 0, false, "endpoint reference to what was never live");
  change(region->track(0), [](auto& r) { r.endpoint = {9, 1}; });
  expect_finding(TableId::track, 0, false, "endpoint reference to what was never live");
}

TEST_F(TableCheckTest, a_stream_is_fed_once) {
  Publisher p(*region, 2);
  SubscriptionRecord second = subscription_record(t[1], s[1]);
  second.paused = 1;
  const auto ref = p.publish(second);
  ASSERT_TRUE(ref.ok());
  EXPECT_TRUE(check_tables(*region).empty());
  second.paused = 0;
  ASSERT_TRUE(p.update(*ref, second).ok());
  expect_finding(TableId::subscription, ref->slot, false, "stream is fed by another subscription");
}

TEST_F(TableCheckTest, kinds_agree) {
  change(region->stream(1), [](auto& r) { r.kind = MediaKind::audio; });
  expect_finding(TableId::subscription, 0, false, "different kinds");
}

TEST_F(TableCheckTest, generations_and_epochs_are_sane) {
  region->track(5).head.word.store(SlotState::live, Generation(0));
  expect_finding(TableId::track, 5, false, "generation 0");
  region->track(1).state.generation = 5;
  expect_finding(TableId::track, 1, false, "generation that was never live");
  region->stream(9).head.retired_epoch = 1'000;
  region->stream(9).head.word.store(SlotState::retired, Generation(1));
  expect_finding(TableId::stream, 9, false, "retired at an epoch that was never given out");
  region->worker(1).seen_epoch = 1'000;
  expect_finding(TableId::none, 1, false, "seen an epoch that was never given out");
}

TEST_F(TableCheckTest, indices_are_in_range) {
  StreamRecord r;
  ASSERT_TRUE(region->stream(0).record.read(r));
  open_state(region->stream(0).state, r, Generation(s[0].generation));
  EXPECT_TRUE(check_tables(*region).empty());
  region->stream(0).state.rtx_next_index = srtp_index_end + 1;
  expect_finding(TableId::stream, 0, false, "next index out of range");
  region->endpoint(1).state.srtcp_index_end = ~0u;
  expect_finding(TableId::endpoint, 1, false, "SRTCP index above 31 bits");
  region->track(0).state.encodings[1].highest_index = ~0ull;
  expect_finding(TableId::track, 0, false, "highest received index");
}

TEST_F(TableCheckTest, rings_are_sane) {
  auto* head = reinterpret_cast<RingHead*>(reinterpret_cast<std::byte*>(&region->dataplane()) -
                                           layout_of(region->capacities()).dataplane_status +
                                           layout_of(region->capacities()).rings);
  head->tail = 1u << 20;
  expect_finding(TableId::none, 0, false, "news ring");
}

TEST_F(TableCheckTest, keys_belong_to_their_slots) {
  EndpointKeys k = endpoint_keys(1);
  k.generation = 9;
  region->keys(0).publish(k);
  expect_finding(TableId::endpoint, 0, false, "keys are of another generation");
  k.generation = e[0].generation;
  k.epoch = 1;
  region->keys(0).publish(k);
  expect_finding(TableId::endpoint, 0, true, "epoch is not the record's");
  k.epoch = 2;
  region->keys(0).publish(k);
  expect_finding(TableId::endpoint, 0, false, "epoch is not the record's");
  region->keys(7).publish(k);
  expect_finding(TableId::endpoint, 7, false, "free slot still holds keys");
}

}  // namespace
}  // namespace sluice::shm
