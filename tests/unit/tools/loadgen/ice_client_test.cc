#include "tools/loadgen/ice_client.h"

#include <gtest/gtest.h>

#include "common/proto/stun_integrity.h"

namespace sluice::loadgen {
namespace {

const IceCredentials ours{"ours", "our-password-of-22-chars"};
const IceCredentials theirs{"theirs", "their-password-of-22-char"};

class IceClientTest : public testing::Test {
 protected:
  // The check that is due, parsed.
  wire::StunView check(TimeNs now) {
    const std::size_t length = client_.poll_check(now, buffer_);
    EXPECT_NE(length, 0u);
    return *wire::parse_stun(wire::ByteView(buffer_).first(length));
  }
  IceClient::Outcome answer(const wire::StunTransactionId& id, const std::string& pwd, TimeNs now) {
    std::array<uint8_t, 256> out;
    wire::StunWriter w(out, wire::StunType::binding_success, id);
    return client_.on_datagram(wire::ByteView(out).first(proto::finish_with_integrity(w, pwd)),
                               now);
  }

  IceClient client_{ours, theirs, 1};
  std::array<uint8_t, 512> buffer_;
};

TEST_F(IceClientTest, controls_and_nominates_with_the_servers_password) {
  const wire::StunView v = check(0);
  EXPECT_EQ(v.username(), "theirs:ours");
  EXPECT_TRUE(v.use_candidate);
  EXPECT_TRUE(v.ice_controlling());
  EXPECT_TRUE(v.priority());
  EXPECT_TRUE(v.fingerprint_ok());
  EXPECT_TRUE(proto::verify_integrity(v, theirs.pwd));
}

TEST_F(IceClientTest, repeats_until_it_is_answered_and_connects_once) {
  const auto id = check(0).transaction_id();
  EXPECT_EQ(client_.poll_check(1, buffer_), 0u);
  const TimeNs again = client_.due();
  check(again);
  EXPECT_EQ(answer(id, theirs.pwd, again), IceClient::Outcome::connected);
  EXPECT_EQ(answer(id, theirs.pwd, again), IceClient::Outcome::nothing);
  EXPECT_TRUE(client_.is_connected());
}

TEST_F(IceClientTest, takes_no_answer_that_is_not_authentic_or_not_its_own) {
  const auto id = check(0).transaction_id();
  EXPECT_EQ(answer(id, "another-password-of-22-c", 1), IceClient::Outcome::nothing);
  EXPECT_EQ(answer(wire::StunTransactionId{1, 2, 3}, theirs.pwd, 1), IceClient::Outcome::nothing);
  EXPECT_FALSE(client_.is_connected());
}

TEST_F(IceClientTest, asks_for_consent_and_notices_its_end) {
  answer(check(0).transaction_id(), theirs.pwd, 1);
  const TimeNs first = client_.due();
  EXPECT_GE(first, 2'500 * ns_per_ms);
  EXPECT_LE(first, 5'001 * ns_per_ms);
  check(first);
  EXPECT_FALSE(client_.has_expired(29 * ns_per_s));
  EXPECT_TRUE(client_.has_expired(31 * ns_per_s));
}

}  // namespace
}  // namespace sluice::loadgen
