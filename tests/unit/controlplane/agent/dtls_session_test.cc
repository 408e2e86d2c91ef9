// DTLS-SRTP against OpenSSL's own client and server.
#include "controlplane/agent/dtls_session.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <thread>

#include "tests/unit/controlplane/agent/dtls_peer.h"

namespace sluice::agent {
namespace {

using srtp::Profile;
using test::DtlsPeer;
using State = DtlsSession::State;

constexpr Profile all_profiles[] = {Profile::aead_aes_256_gcm, Profile::aead_aes_128_gcm,
                                    Profile::aes128_cm_sha1_80};

struct Node {
  explicit Node(std::vector<Profile> profiles = {std::begin(all_profiles), std::end(all_profiles)})
      : certificate(std::move(Certificate::make().value())),
        context(std::move(DtlsContext::make(certificate, profiles).value())) {}
  Certificate certificate;
  DtlsContext context;
};

// true: this datagram is lost.
using Loss = std::function<bool(bool from_peer, int count)>;

// Carries datagrams until both are done or nothing moves any more; timers run in real time.
void run(DtlsSession& session, DtlsPeer& peer, const Loss& lost = {}) {
  int from_peer = 0;
  int from_us = 0;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < give_up) {
    bool moved = false;
    for (const auto& d : peer.take_output()) {
      moved = true;
      if (!lost || !lost(true, from_peer++)) session.on_datagram(d);
    }
    for (auto d = session.poll_datagram(); !d.empty(); d = session.poll_datagram()) {
      moved = true;
      EXPECT_LE(d.size(), dtls_mtu);
      if (!lost || !lost(false, from_us++)) peer.on_datagram(d);
    }
    if (moved) continue;
    const bool done = session.state() != State::handshaking && (peer.connected() || peer.failed());
    if (done) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (session.timeout_in() == std::chrono::microseconds(0)) session.on_timeout();
    peer.on_timeout();
  }
}

void expect_same_keys(const DtlsSession& session, const DtlsPeer& peer, bool we_are_client) {
  const Profile p = session.keys().profile;
  const std::size_t key = srtp::key_length(p);
  const std::size_t salt = srtp::salt_length(p);
  const std::vector<uint8_t> m = peer.exported(key, salt);
  const srtp::MasterKey& client = we_are_client ? session.keys().send : session.keys().recv;
  const srtp::MasterKey& server = we_are_client ? session.keys().recv : session.keys().send;
  EXPECT_EQ(std::memcmp(client.key.data(), m.data(), key), 0);
  EXPECT_EQ(std::memcmp(server.key.data(), m.data() + key, key), 0);
  EXPECT_EQ(std::memcmp(client.salt.data(), m.data() + 2 * key, salt), 0);
  EXPECT_EQ(std::memcmp(server.salt.data(), m.data() + 2 * key + salt, salt), 0);
  EXPECT_EQ(peer.profile(), srtp::name_of(p));
}

TEST(DtlsSession, bothRolesAgreeOnKeysForEveryProfile) {
  for (const Profile p : all_profiles) {
    for (const DtlsRole role : {DtlsRole::server, DtlsRole::client}) {
      Node node({p});
      DtlsSession session(node.context, role);
      DtlsPeer::Options options;
      options.client = role == DtlsRole::server;
      DtlsPeer peer(options);
      role == DtlsRole::client ? session.start() : peer.start();
      run(session, peer);
      ASSERT_EQ(session.state(), State::connected) << session.failure();
      ASSERT_TRUE(peer.connected());
      EXPECT_EQ(session.keys().profile, p);
      expect_same_keys(session, peer, role == DtlsRole::client);
      const std::vector<proto::sdp::Fingerprint> announced = {peer.fingerprint()};
      EXPECT_TRUE(matches(session.peer_certificate().get(), announced));
      EXPECT_EQ(peer.remote_fingerprint(), node.certificate.fingerprint());
      EXPECT_FALSE(session.timeout_in());
    }
  }
}

TEST(DtlsSession, asServerOurOrderOfProfilesWins) {
  const std::vector<std::vector<Profile>> orders = {
      {Profile::aead_aes_256_gcm, Profile::aead_aes_128_gcm, Profile::aes128_cm_sha1_80},
      {Profile::aead_aes_128_gcm, Profile::aes128_cm_sha1_80, Profile::aead_aes_256_gcm},
      {Profile::aes128_cm_sha1_80, Profile::aead_aes_256_gcm, Profile::aead_aes_128_gcm}};
  for (const auto& order : orders) {
    Node node(order);
    DtlsSession session(node.context, DtlsRole::server);
    DtlsPeer peer;
    peer.start();
    run(session, peer);
    EXPECT_EQ(session.keys().profile, order.front());
  }
}

TEST(DtlsSession, noCommonProfileFails) {
  Node node({Profile::aead_aes_256_gcm});
  DtlsSession session(node.context, DtlsRole::server);
  DtlsPeer::Options options;
  options.profiles = "SRTP_AES128_CM_SHA1_80";
  DtlsPeer peer(options);
  peer.start();
  run(session, peer);
  EXPECT_EQ(session.state(), State::failed);
  EXPECT_FALSE(session.failure().empty());
}

TEST(DtlsSession, fragmentedClientHelloIsReassembled) {
  for (const bool reversed : {false, true}) {
    Node node;
    DtlsSession session(node.context, DtlsRole::server);
    DtlsPeer::Options options;
    options.large_hello = true;
    DtlsPeer peer(options);
    peer.start();
    auto hello = peer.take_output();
    ASSERT_GE(hello.size(), 2u);
    if (reversed) std::reverse(hello.begin(), hello.end());
    for (const auto& d : hello) session.on_datagram(d);
    run(session, peer);
    ASSERT_EQ(session.state(), State::connected) << session.failure();
    expect_same_keys(session, peer, false);
  }
}

TEST(DtlsSession, anyLostDatagramIsRepeated) {
  for (const DtlsRole role : {DtlsRole::server, DtlsRole::client}) {
    for (int nth = 0; nth < 4; ++nth) {
      for (const bool from_peer : {false, true}) {
        Node node;
        DtlsSession session(node.context, role);
        DtlsPeer::Options options;
        options.client = role == DtlsRole::server;
        DtlsPeer peer(options);
        role == DtlsRole::client ? session.start() : peer.start();
        run(session, peer, [&](bool of_peer, int n) { return of_peer == from_peer && n == nth; });
        EXPECT_EQ(session.state(), State::connected) << nth << from_peer << session.failure();
        EXPECT_TRUE(peer.connected()) << nth << from_peer;
      }
    }
  }
}

TEST(DtlsSession, anotherCertificateIsNoticed) {
  Node node;
  DtlsSession session(node.context, DtlsRole::server);
  DtlsPeer peer;
  DtlsPeer other;
  peer.start();
  run(session, peer);
  const CertificatePtr c = session.peer_certificate();
  for (const char* algorithm : {"sha-256", "sha-384", "sha-512"}) {
    const std::vector<proto::sdp::Fingerprint> right = {peer.fingerprint(algorithm)};
    const std::vector<proto::sdp::Fingerprint> wrong = {other.fingerprint(algorithm)};
    const std::vector<proto::sdp::Fingerprint> both = {wrong[0], right[0]};
    EXPECT_TRUE(matches(c.get(), right));
    EXPECT_FALSE(matches(c.get(), wrong));
    EXPECT_TRUE(matches(c.get(), both));
  }
  auto cut = peer.fingerprint();
  cut.digest.pop_back();
  const std::vector<proto::sdp::Fingerprint> odd = {cut, {"md5", {1, 2}}, {"sha-256", {}}};
  EXPECT_FALSE(matches(c.get(), odd));
}

TEST(DtlsSession, closeNotifyEndsIt) {
  Node node;
  DtlsSession session(node.context, DtlsRole::server);
  DtlsPeer peer;
  peer.start();
  run(session, peer);
  ASSERT_EQ(session.state(), State::connected);
  peer.close();
  for (const auto& d : peer.take_output()) session.on_datagram(d);
  EXPECT_EQ(session.state(), State::closed);
}

TEST(DtlsSession, garbageIsDropped) {
  Node node;
  DtlsSession session(node.context, DtlsRole::server);
  session.on_datagram(std::vector<uint8_t>{22});
  session.on_datagram(std::vector<uint8_t>(1'200, 0xff));
  std::vector<uint8_t> record(13, 0);
  record[0] = 22;
  record[1] = 0xfe;
  record[2] = 0xff;
  record[11] = 0xff;
  session.on_datagram(record);
  DtlsPeer peer;
  peer.start();
  run(session, peer);
  EXPECT_EQ(session.state(), State::connected) << session.failure();
}

}  // namespace
}  // namespace sluice::agent
