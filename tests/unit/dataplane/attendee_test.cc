#include "dataplane/attendee.h"

#include <gtest/gtest.h>

#include "common/srtp/engine.h"

namespace sluice::dataplane {
namespace {

// The bar: 2.5 KiB in all. Whoever adds to a record or a context changes the figures here, and
// finds the room.
TEST(Attendee, costs_what_is_written_down) {
  const auto engine = srtp::Engine::create(srtp::EngineKind::libsrtp);
  ASSERT_TRUE(engine.ok());
  const AttendeeCost c = attendee_cost((*engine)->key_size());
  EXPECT_EQ(c.tables, 656u);
  EXPECT_EQ(c.keys_file, 184u);
  EXPECT_EQ(c.send_key, 1'088u);
  EXPECT_EQ(c.receivers, 265u);
  EXPECT_EQ(c.contexts, 298u);
  EXPECT_EQ(c.indexes, 30u);
  EXPECT_EQ(c.sum(), 2'521u);
  EXPECT_LE(c.sum() + c.other_worker, 2'560u) << "also where a second worker runs beside";
  EXPECT_EQ(describe(c),
            "an attendee costs 2521 bytes: tables 656, keys file 184, expanded key 1088, receivers "
            "265, contexts 298, indexes 30; 30 more in each further worker");
}

}  // namespace
}  // namespace sluice::dataplane
