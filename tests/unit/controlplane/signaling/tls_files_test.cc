// A certificate that is renewed while the server runs.
#include "controlplane/signaling/tls_files.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "tests/unit/controlplane/signaling/front_rig.h"
#include "tests/unit/controlplane/signaling/person.h"

namespace sluice::signaling {
namespace {

using Settings = FrontRig::Settings;

void make_certificate(const std::string& directory, const std::string& name) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" +
      name + " -days 2 -keyout " + directory + "/key.pem -out " + directory +
      "/cert.pem 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

// Whom a new connection is shown.
std::string shown_name(uint16_t port) {
  namespace asio = boost::asio;
  asio::io_context io;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, tls);
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
  stream.handshake(asio::ssl::stream_base::client);
  X509* peer = SSL_get1_peer_certificate(stream.native_handle());
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof name);
  X509_free(peer);
  return name;
}

bool is_shown(uint16_t port, const std::string& name) {
  for (int i = 0; i < 500; ++i) {
    if (shown_name(port) == name) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(TlsFiles, ARenewedCertificateServesNewConnectionsAndTheOldOnesGoOn) {
  Settings settings;
  settings.tls = true;
  settings.limits.certificate_interval = std::chrono::milliseconds(20);
  FrontRig rig(settings);
  rig.set_dataplane_ready(true);
  const Meeting meeting = make_meeting(rig);
  Person ada(rig, meeting, "Ada");
  EXPECT_EQ(shown_name(rig.port()), "localhost");
  make_certificate(rig.directory(), "renewed");
  EXPECT_TRUE(is_shown(rig.port(), "renewed"));
  ada.socket.say({{"type", "chat"}, {"text", "still here"}});
  EXPECT_TRUE(ada.socket.hear("CHAT"));
}

TEST(TlsFiles, WhatCannotBeReadLeavesTheEarlierOne) {
  Settings settings;
  settings.tls = true;
  settings.limits.certificate_interval = std::chrono::milliseconds(20);
  FrontRig rig(settings);
  std::ofstream(rig.directory() + "/cert.pem") << "nonsense";
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(shown_name(rig.port()), "localhost");
  make_certificate(rig.directory(), "mended");
  EXPECT_TRUE(is_shown(rig.port(), "mended"));
}

TEST(TlsFiles, AFaultIsToldOnceForEachChange) {
  config::Listener listener;
  listener.certificate_file = "/nonexistent/cert.pem";
  const auto files = TlsFiles::load(listener);
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("/nonexistent/cert.pem"), std::string::npos);

  Settings settings;
  settings.tls = true;
  const FrontRig rig(settings);
  listener.certificate_file = rig.directory() + "/cert.pem";
  listener.private_key_file = rig.directory() + "/key.pem";
  auto loaded = TlsFiles::load(listener);
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(*loaded->refresh());
  std::filesystem::remove(listener.private_key_file);
  const auto faulty = loaded->refresh();
  ASSERT_FALSE(faulty);
  EXPECT_NE(faulty.error().message.find("key.pem"), std::string::npos);
  EXPECT_TRUE(loaded->refresh());
  make_certificate(rig.directory(), "again");
  EXPECT_TRUE(*loaded->refresh());
}

}  // namespace
}  // namespace sluice::signaling
