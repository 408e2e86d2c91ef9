#include "common/shm/layout.h"

#include <gtest/gtest.h>

#include "common/shm/region.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

TEST(Layout, places_everything_on_its_own_cache_lines_without_overlap) {
  for (const uint32_t workers : {1u, 3u, 32u}) {
    Capacities c = small_capacities(workers);
    c.endpoints = 17;
    c.streams = 1001;
    const Layout l = layout_of(c);
    const uint64_t starts[] = {
        sizeof(RegionHeader),  l.dataplane_status, l.control_status, l.worker_status,
        l.endpoints,           l.tracks,           l.streams,        l.subscriptions,
        l.subscription_states, l.negotiations,     l.rings,          l.tables_size};
    const uint64_t sizes[] = {0,
                              sizeof(DataplaneStatus),
                              sizeof(ControlStatus),
                              sizeof(WorkerStatus) * workers,
                              sizeof(Endpoint) * c.endpoints,
                              sizeof(Track) * c.tracks,
                              sizeof(Stream) * c.streams,
                              sizeof(Subscription) * c.subscriptions,
                              sizeof(SubscriptionState) * c.subscriptions,
                              sizeof(Negotiation) * slot_count(c, TableId::negotiation),
                              l.rings_stride * workers};
    for (std::size_t i = 0; i < std::size(sizes); ++i) {
      EXPECT_EQ(starts[i] % 64, 0u) << i;
      EXPECT_LE(starts[i] + sizes[i], starts[i + 1]) << i;
    }
    EXPECT_EQ(l.rings_stride % 64, 0u);
    EXPECT_LE(l.punt[2] + sizeof(RingHead) + sizeof(Punt) * c.punt_stranger, l.rings_stride);
    EXPECT_GE(l.keys_size, sizeof(KeysHeader) + sizeof(EndpointKeyCell) * c.endpoints);
  }
}

TEST(Layout, hash_is_stable_within_a_build) {
  EXPECT_NE(layout_hash(), 0u);
  EXPECT_EQ(layout_hash(), layout_hash());
}

TEST(Layout, capacities_out_of_range_are_named) {
  struct Case {
    uint32_t Capacities::*field;
    uint32_t value;
    const char* name;
  };
  const Case cases[] = {
      {&Capacities::workers, 0, "workers"},
      {&Capacities::workers, 33, "workers"},
      {&Capacities::endpoints, 0, "endpoints"},
      {&Capacities::tracks, slots_max + 1, "tracks"},
      {&Capacities::streams, 0, "streams"},
      {&Capacities::subscriptions, 0, "subscriptions"},
      {&Capacities::news, 100, "news"},
      {&Capacities::inject, records_max * 2, "inject"},
      {&Capacities::events, 3, "events"},
      {&Capacities::punt_endpoint, 0, "punt_endpoint"},
      {&Capacities::punt_invited, 7, "punt_invited"},
      {&Capacities::punt_stranger, 5, "punt_stranger"},
  };
  for (const Case& k : cases) {
    Capacities c;
    c.*k.field = k.value;
    const Status s = validate_capacities(c);
    ASSERT_FALSE(s.ok()) << k.name << " = " << k.value;
    EXPECT_NE(s.error().message.find(k.name), std::string::npos) << s.error().message;
  }
  EXPECT_TRUE(validate_capacities(Capacities{}).ok());
}

TEST(Layout, parts_make_up_both_files) {
  const Capacities c;
  const Layout l = layout_of(c);
  uint64_t bytes = 0;
  for (const RegionPart& part : parts_of(c, l)) {
    EXPECT_GT(part.count, 0U) << part.name;
    bytes += part.bytes;
  }
  EXPECT_EQ(bytes, l.tables_size + l.keys_size);
}

}  // namespace
}  // namespace sluice::shm
