// /metrics on a listener of its own, on loopback with real sockets.
#include "controlplane/metrics/metrics_server.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace sluice::metrics {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

struct Scrape : testing::Test {
  explicit Scrape(const MetricsServerLimits& limits = {})
      : server(
            io, *Networks::parse({}), [this] { return text(); }, limits) {
    const auto bound = server.listen({*parse_ip("127.0.0.1"), 0, 0});
    EXPECT_TRUE(bound.ok()) << bound.error().message;
    door = {asio::ip::make_address("127.0.0.1"), *bound};
    server.start();
  }
  std::string text() { return "sluice_asked_total " + std::to_string(++asked) + "\n"; }
  tcp::socket connect() {
    tcp::socket client(io);
    client.connect(door);
    client.non_blocking(true);
    return client;
  }
  // All that comes until the server hangs up; "still open" after seconds in which it did not.
  std::string rest_of(tcp::socket& client) {
    std::string all;
    for (int i = 0; i < 500; ++i) {
      io.restart();
      io.run_for(milliseconds(10));
      for (char bytes[4'096];;) {
        boost::system::error_code failure;
        const std::size_t n = client.read_some(asio::buffer(bytes), failure);
        if (failure == asio::error::would_block) break;
        if (failure) return all;
        all.append(bytes, n);
      }
    }
    return "still open";
  }
  std::string answer_to(const std::string& request) {
    tcp::socket client = connect();
    asio::write(client, asio::buffer(request));
    return rest_of(client);
  }

  int asked = 0;
  asio::io_context io;
  MetricsServer server;
  tcp::endpoint door;
};

TEST_F(Scrape, IsAnsweredWithTheNumbersOfThatMoment) {
  for (int i = 1; i <= 3; ++i) {
    const std::string answer = answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nsluice_asked_total " + std::to_string(i) + "\n"))
        << answer;
  }
}

TEST_F(Scrape, FindsNothingElse) {
  EXPECT_TRUE(answer_to("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(answer_to("GET /metrics/x HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(answer_to("DELETE /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(asked, 0);
  const std::string head = answer_to("HEAD /metrics HTTP/1.1\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 21\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST_F(Scrape, WhatIsNoRequestIsHungUpOn) {
  EXPECT_EQ(answer_to("\x16\x03\x01 no HTTP\r\n\r\n"), "");
  EXPECT_EQ(answer_to("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x')), "");
  EXPECT_EQ(asked, 0);
}

struct ShortOfPatience : Scrape {
  ShortOfPatience() : Scrape({.connections_max = 2, .timeout = milliseconds(100)}) {}
};

TEST_F(ShortOfPatience, WhoAsksNothingMakesRoom) {
  tcp::socket one = connect(), two = connect(), three = connect();
  EXPECT_EQ(rest_of(three), "") << "no room";
  EXPECT_EQ(rest_of(one), "");
  EXPECT_EQ(rest_of(two), "");
  EXPECT_TRUE(answer_to("GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Scrape, ATakenPortIsNamed) {
  MetricsServer second(io, *Networks::parse({}), [] { return std::string(); });
  const auto bound = second.listen({*parse_ip("127.0.0.1"), door.port(), 0});
  ASSERT_FALSE(bound.ok());
  EXPECT_NE(bound.error().message.find("127.0.0.1:" + std::to_string(door.port())),
            std::string::npos)
      << bound.error().message;
}

}  // namespace
}  // namespace sluice::metrics
