// Clients on TCP and a worker on UDP, on loopback with real sockets.
#include "controlplane/ice_tcp/gateway.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <string>

#include "common/wire/stream_frame.h"
#include "controlplane/ice_tcp/gateway_metrics.h"
#include "controlplane/ice_tcp/media_address.h"
#include "controlplane/metrics/prometheus_text.h"

namespace sluice::ice_tcp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using std::chrono::milliseconds;

const auto loopback = asio::ip::make_address("127.0.0.1");

std::string frame_of(const std::string& packet) {
  std::string frame(wire::stream_frame_header_length, '\0');
  wire::store_stream_frame_header(reinterpret_cast<uint8_t*>(frame.data()), packet.size());
  return frame + packet;
}

struct Stage {
  explicit Stage(std::size_t connections_max = 10, const FlowLimits& limits = {})
      : gateway(io, connections_max, limits), worker(io, udp::endpoint(loopback, 0)) {
    worker.non_blocking(true);
    const IpAddress ip = *parse_ip("127.0.0.1");
    door = tcp::endpoint(loopback, *gateway.listen(ip, 0, {ip, worker.local_endpoint().port(), 0}));
    gateway.start();
  }
  tcp::socket connect() {
    tcp::socket client(io);
    client.connect(door);
    client.non_blocking(true);
    return client;
  }
  // Runs until `done`, within seconds; false when it never was.
  template <class Done>
  bool until(Done done) {
    for (int i = 0; i < 500; ++i) {
      if (done()) return true;
      io.restart();
      io.run_for(milliseconds(10));
    }
    return false;
  }
  // What the worker was sent next, and by whom.
  std::optional<std::string> received() {
    std::optional<std::string> packet;
    until([&] {
      std::string bytes(packet_length_max, '\0');
      boost::system::error_code failure;
      bytes.resize(worker.receive_from(asio::buffer(bytes), sender, 0, failure));
      if (!failure) packet = bytes;
      return packet.has_value();
    });
    return packet;
  }
  // What the client read until it had `length` bytes or the end.
  std::string read(tcp::socket& client, std::size_t length) {
    std::string bytes;
    until([&] {
      std::string some(length - bytes.size(), '\0');
      boost::system::error_code failure;
      some.resize(client.read_some(asio::buffer(some), failure));
      bytes += some;
      return bytes.size() == length || (failure && failure != asio::error::would_block);
    });
    return bytes;
  }
  bool is_closed(tcp::socket& client) {
    return until([&] {
      char byte;
      boost::system::error_code failure;
      client.read_some(asio::buffer(&byte, 1), failure);
      return failure == asio::error::eof || failure == asio::error::connection_reset;
    });
  }

  asio::io_context io;
  Gateway gateway;
  udp::socket worker;
  udp::endpoint sender;
  tcp::endpoint door;
};

TEST(IceTcp, PacketsPassBothWaysWholeAndInOrder) {
  Stage stage;
  tcp::socket client = stage.connect();
  // Frames do not care how TCP cuts the stream.
  const std::string stream = frame_of("first") + frame_of("") + frame_of(std::string(1'400, 'x'));
  for (const char byte : stream.substr(0, 9)) {
    asio::write(client, asio::buffer(&byte, 1));
    stage.io.restart();
    stage.io.run_for(milliseconds(2));
  }
  asio::write(client, asio::buffer(stream.substr(9)));
  EXPECT_EQ(stage.received(), "first");
  EXPECT_EQ(stage.received(), "");
  EXPECT_EQ(stage.received(), std::string(1'400, 'x'));
  for (const char* packet : {"one", "two"}) {
    stage.worker.send_to(asio::buffer(std::string(packet)), stage.sender);
  }
  EXPECT_EQ(stage.read(client, 10), frame_of("one") + frame_of("two"));
  EXPECT_EQ(stage.gateway.counters().packets_in, 3U);
  EXPECT_EQ(stage.gateway.counters().packets_out, 2U);
}

TEST(IceTcp, EachClientIsAFlowOfItsOwn) {
  Stage stage;
  tcp::socket ada = stage.connect(), bob = stage.connect();
  asio::write(ada, asio::buffer(frame_of("ada")));
  EXPECT_EQ(stage.received(), "ada");
  const udp::endpoint ada_at = stage.sender;
  asio::write(bob, asio::buffer(frame_of("bob")));
  EXPECT_EQ(stage.received(), "bob");
  EXPECT_NE(stage.sender, ada_at);
  stage.worker.send_to(asio::buffer(std::string("for ada")), ada_at);
  EXPECT_EQ(stage.read(ada, 9), frame_of("for ada"));
  ada.close();
  EXPECT_TRUE(stage.until([&] { return stage.gateway.size() == 1; }));
  EXPECT_EQ(stage.gateway.counters().ended_by_client, 1U);
}

TEST(IceTcp, AWorkerThatIsGoneForAMomentEndsNoFlow) {
  Stage stage;
  const udp::endpoint at = stage.worker.local_endpoint();
  tcp::socket client = stage.connect();
  asio::write(client, asio::buffer(frame_of("before")));
  EXPECT_EQ(stage.received(), "before");
  stage.worker.close();
  for (int i = 0; i < 5; ++i) {  // refused by ICMP
    asio::write(client, asio::buffer(frame_of("lost")));
    stage.io.restart();
    stage.io.run_for(milliseconds(20));
  }
  stage.worker = udp::socket(stage.io, at);
  stage.worker.non_blocking(true);
  asio::write(client, asio::buffer(frame_of("after")));
  EXPECT_EQ(stage.received(), "after");
  stage.worker.send_to(asio::buffer(std::string("still here")), stage.sender);
  EXPECT_EQ(stage.read(client, 12), frame_of("still here"));
}

TEST(IceTcp, WhoIsNotAnsweredGoes) {
  Stage stage(10, {milliseconds(50), milliseconds(60'000)});
  tcp::socket stranger = stage.connect(), guest = stage.connect();
  asio::write(guest, asio::buffer(frame_of("hello")));
  EXPECT_EQ(stage.received(), "hello");
  stage.worker.send_to(asio::buffer(std::string("welcome")), stage.sender);
  EXPECT_EQ(stage.read(guest, 9), frame_of("welcome"));
  asio::write(stranger, asio::buffer(frame_of("let me in")));
  EXPECT_TRUE(stage.is_closed(stranger));
  EXPECT_TRUE(stage.until([&] { return stage.gateway.size() == 1; }));
  EXPECT_EQ(stage.gateway.counters().ended_unanswered, 1U);
  asio::write(guest, asio::buffer(frame_of("still me")));
}

TEST(IceTcp, WhoSaysNothingGoes) {
  Stage stage(10, {milliseconds(60'000), milliseconds(50)});
  tcp::socket client = stage.connect();
  EXPECT_TRUE(stage.is_closed(client));
  EXPECT_TRUE(stage.until([&] { return stage.gateway.counters().ended_silent == 1; }));
}

TEST(IceTcp, NoFrameIsLongerThanAPacket) {
  Stage stage;
  tcp::socket client = stage.connect();
  asio::write(client, asio::buffer(frame_of(std::string(packet_length_max, 'x'))));
  ASSERT_TRUE(stage.received());
  asio::write(client, asio::buffer(frame_of(std::string(packet_length_max + 1, 'x'))));
  EXPECT_TRUE(stage.is_closed(client));
  EXPECT_TRUE(stage.until([&] { return stage.gateway.counters().ended_oversized == 1; }));
}

TEST(IceTcp, ASlowClientLosesPacketsAndNobodyElse) {
  Stage stage;
  tcp::socket slow = stage.connect(), quick = stage.connect();
  asio::write(slow, asio::buffer(frame_of("slow")));
  ASSERT_TRUE(stage.received());
  const udp::endpoint slow_at = stage.sender;
  const std::string packet(1'200, 'x');
  // More than the kernel and the queue hold together.
  EXPECT_TRUE(stage.until([&] {
    for (int i = 0; i < 60; ++i) {
      boost::system::error_code ignored;
      stage.worker.send_to(asio::buffer(packet), slow_at, 0, ignored);
    }
    return stage.gateway.counters().dropped_out > 0;
  }));
  asio::write(quick, asio::buffer(frame_of("quick")));
  EXPECT_EQ(stage.received(), "quick");
  stage.worker.send_to(asio::buffer(std::string("yes")), stage.sender);
  EXPECT_EQ(stage.read(quick, 5), frame_of("yes"));
  // What did come is whole.
  const std::string first = stage.read(slow, 2 * (2 + packet.size()));
  EXPECT_EQ(first, frame_of(packet) + frame_of(packet));
}

TEST(IceTcp, WhoComesWhenItIsFullIsTurnedAway) {
  Stage stage(2);
  tcp::socket one = stage.connect(), two = stage.connect();
  EXPECT_TRUE(stage.until([&] { return stage.gateway.size() == 2; }));
  tcp::socket three = stage.connect();
  EXPECT_TRUE(stage.is_closed(three));
  EXPECT_EQ(stage.gateway.counters().refused_full, 1U);
  one.close();
  EXPECT_TRUE(stage.until([&] { return stage.gateway.size() == 1; }));
  tcp::socket four = stage.connect();
  asio::write(four, asio::buffer(frame_of("four")));
  EXPECT_EQ(stage.received(), "four");
}

TEST(IceTcp, PrometheusReadsWhatWasCounted) {
  Stage stage(1);
  tcp::socket client = stage.connect();
  asio::write(client, asio::buffer(frame_of("12345") + frame_of("123")));
  ASSERT_TRUE(stage.received() && stage.received());
  stage.worker.send_to(asio::buffer(std::string("1234567")), stage.sender);
  EXPECT_EQ(stage.read(client, 9), frame_of("1234567"));
  tcp::socket turned_away = stage.connect();
  EXPECT_TRUE(stage.is_closed(turned_away));
  const GatewayMetrics metrics(stage.gateway);
  const auto expect_lines = [&](std::initializer_list<const char*> lines) {
    const std::string text = "\n" + metrics::to_prometheus_text({&metrics});
    for (const std::string line : lines) {
      EXPECT_NE(text.find("\nsluice_ice_tcp_" + line + "\n"), std::string::npos)
          << line << " is missing in" << text;
    }
  };
  expect_lines({"clients 1", "connections_total 1", "refused_total{reason=\"full\"} 1",
                "refused_total{reason=\"failed\"} 0", "datagrams_total{direction=\"in\"} 2",
                "datagrams_total{direction=\"out\"} 1", "bytes_total{direction=\"in\"} 8",
                "bytes_total{direction=\"out\"} 7", "dropped_total{direction=\"in\"} 0",
                "dropped_total{direction=\"out\"} 0", "ended_total{reason=\"client\"} 0"});
  client.close();
  EXPECT_TRUE(stage.until([&] { return stage.gateway.size() == 0; }));
  expect_lines({"clients 0", "connections_total 1", "ended_total{reason=\"client\"} 1",
                "ended_total{reason=\"unanswered\"} 0", "ended_total{reason=\"silent\"} 0",
                "ended_total{reason=\"oversized\"} 0"});
}

TEST(IceTcp, TheWorkersAreWhereTheConfigurationSays) {
  config::Config config;
  config.dataplane.ports.resize(2);
  config.dataplane.ports[0].addresses = {{*parse_ip("192.0.2.10"), 24}};
  config.dataplane.ports[1].addresses = {{*parse_ip("192.0.2.11"), 24},
                                         {*parse_ip("2001:db8::11"), 64}};
  EXPECT_EQ(to_string(*media_address(config, 4)), "192.0.2.10");
  EXPECT_EQ(to_string(*media_address(config, 6)), "2001:db8::11");
  config.dataplane.ports.resize(1);
  EXPECT_EQ(to_string(*media_address(config, 6)), "192.0.2.10");
  config.dataplane.ports[0].addresses = {{*parse_ip("127.0.0.1"), 8}};
  EXPECT_NE(media_address(config, 4).error().message.find("127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ice_tcp
