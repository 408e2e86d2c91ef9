#include "tools/loadgen/dtls_client.h"

#include <gtest/gtest.h>

namespace sluice::loadgen {
namespace {

// Carries datagrams between both ends until neither has any left.
void complete(DtlsClient& client, DtlsClient& server) {
  client.start();
  bool moved = true;
  while (moved) {
    moved = false;
    for (auto [from, to] : {std::pair{&client, &server}, std::pair{&server, &client}}) {
      for (const auto& datagram : from->take_datagrams()) {
        to->on_datagram(datagram);
        moved = true;
      }
    }
  }
}

DtlsSettings settings_of(const Certificate& c, std::vector<srtp::Profile> profiles) {
  return std::move(*DtlsSettings::make(c, profiles));
}

TEST(DtlsClient, both_roles_agree_on_keys_of_each_suite) {
  const auto client_certificate = std::move(*Certificate::make());
  const auto server_certificate = std::move(*Certificate::make());
  for (const auto profile : {srtp::Profile::aead_aes_256_gcm, srtp::Profile::aead_aes_128_gcm,
                             srtp::Profile::aes128_cm_sha1_80}) {
    const auto at_client = settings_of(client_certificate, {profile});
    const auto at_server = settings_of(server_certificate, {profile});
    DtlsClient client(at_client, DtlsRole::client);
    DtlsClient server(at_server, DtlsRole::server);
    complete(client, server);
    ASSERT_EQ(client.state(), DtlsClient::State::connected) << client.failure();
    ASSERT_EQ(server.state(), DtlsClient::State::connected) << server.failure();
    EXPECT_EQ(client.keys().profile, profile);
    EXPECT_EQ(client.keys().send.key, server.keys().recv.key);
    EXPECT_EQ(client.keys().recv.salt, server.keys().send.salt);
    EXPECT_NE(client.keys().send.key, client.keys().recv.key);
    EXPECT_TRUE(client.peer_has({server_certificate.fingerprint()}));
    EXPECT_FALSE(client.peer_has({client_certificate.fingerprint()}));
    EXPECT_FALSE(client.peer_has({}));
  }
}

TEST(DtlsClient, suites_without_one_in_common_give_no_keys) {
  const auto certificate = std::move(*Certificate::make());
  const auto gcm = settings_of(certificate, {srtp::Profile::aead_aes_256_gcm});
  const auto cm = settings_of(certificate, {srtp::Profile::aes128_cm_sha1_80});
  DtlsClient client(gcm, DtlsRole::client);
  DtlsClient server(cm, DtlsRole::server);
  complete(client, server);
  EXPECT_EQ(client.state(), DtlsClient::State::failed);
}

TEST(DtlsClient, repeats_its_flight_in_time) {
  const auto certificate = std::move(*Certificate::make());
  const auto settings = settings_of(certificate, {srtp::Profile::aead_aes_128_gcm});
  DtlsClient client(settings, DtlsRole::client);
  EXPECT_FALSE(client.timeout_in());
  client.start();
  EXPECT_FALSE(client.take_datagrams().empty());
  EXPECT_TRUE(client.timeout_in());
}

}  // namespace
}  // namespace sluice::loadgen
