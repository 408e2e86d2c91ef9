// The small parsers of the HTTP side: queries, names, protocols, hosts, networks, rates.
#include <gtest/gtest.h>

#include "controlplane/metrics/networks.h"
#include "controlplane/signaling/connections.h"
#include "controlplane/signaling/gateway.h"
#include "controlplane/signaling/host.h"
#include "controlplane/signaling/query.h"
#include "controlplane/signaling/rate_limit.h"

namespace sluice::signaling {
namespace {

TEST(Query, IsDecodedAsBrowsersEncodeIt) {
  EXPECT_EQ(query_value("name=Ada+L%C3%B6", "name"), "Ada L\xc3\xb6");
  EXPECT_EQ(query_value("x=1&name=&y", "name"), "");
  EXPECT_EQ(query_value("y", "y"), "");
  EXPECT_FALSE(query_value("rename=a", "name"));
  EXPECT_FALSE(query_value("", "name"));
  for (const char* bad : {"name=%", "name=%4", "name=%zz", "name=a%4g"}) {
    EXPECT_FALSE(query_value(bad, "name")) << bad;
  }
}

TEST(DisplayText, LosesControlCharactersAndKeepsTheRest) {
  EXPECT_EQ(display_text("  Ada\n\tL\x7f ", 64), "Ada L");
  EXPECT_EQ(display_text("", 64), "");
  EXPECT_EQ(display_text("\xc3\xa9\xc3\xa9", 2), "\xc3\xa9\xc3\xa9");
  EXPECT_FALSE(display_text("\xc3\xa9\xc3\xa9\xc3\xa9", 2));
  EXPECT_FALSE(display_text("\xff", 64));
}

TEST(Protocols, HoldTheTokenInAnyOrder) {
  const auto offered = parse_protocols(" token.a.b.c ,other,sluice.v1");
  EXPECT_TRUE(offered.speaks_v1);
  EXPECT_EQ(offered.token, "a.b.c");
  EXPECT_FALSE(parse_protocols("token.x").speaks_v1);
  EXPECT_TRUE(parse_protocols("sluice.v1").token.empty());
  EXPECT_FALSE(parse_protocols(",,, ,").speaks_v1);
}

TEST(Host, IsANameOrAnAddress) {
  for (const char* good : {"localhost:8080", "meet.example.org", "[2001:db8::1]:443"}) {
    EXPECT_TRUE(is_plain_host(good)) << good;
  }
  for (const char* bad : {"", "a b", "a;b", "a\"b", "a/b", "a'b", "a@b", "a\r\nb"}) {
    EXPECT_FALSE(is_plain_host(bad)) << bad;
  }
}

IpAddress host(const char* text) {
  return *parse_ip(text);
}

TEST(Places, AreFewForGuestsOfOneAddressAndTheLongestWaitingMakesRoom) {
  const auto all = std::make_shared<Connections>(
      ConnectionLimits{.all = 6, .per_address = 4, .guests = 5, .guests_per_address = 2});
  int dropped = 0;
  std::vector<std::unique_ptr<Connections::Place>> places;
  const auto enter = [&](const char* from) {
    places.push_back(all->admit(host(from)));
    if (!places.back()) return false;
    places.back()->on_drop([&dropped] { ++dropped; });
    return true;
  };
  // Who is being served makes no room.
  EXPECT_TRUE(enter("192.0.2.1") && enter("192.0.2.1"));
  EXPECT_FALSE(enter("192.0.2.1"));
  EXPECT_EQ(all->counts().refused, 1u);
  places[1]->waits();
  places[0]->waits();
  EXPECT_TRUE(enter("192.0.2.1"));
  EXPECT_EQ(dropped, 1);
  EXPECT_EQ(all->counts().dropped, 1u);
  places[1].reset();  // as its session ends: it has left already
  EXPECT_EQ(all->open(), 2u);
  // A WebSocket is no guest, and nobody's to drop.
  places[0]->opens();
  places[3]->opens();
  EXPECT_TRUE(enter("192.0.2.1") && enter("192.0.2.1"));
  EXPECT_FALSE(enter("192.0.2.1")) << "four of one address";
  places.clear();
  EXPECT_EQ(all->open(), 0u);
}

TEST(Places, WhoHasItsAnswerMakesRoomBeforeWhoWaitsForOne) {
  const auto all = std::make_shared<Connections>(ConnectionLimits{.guests = 2});
  std::string dropped;
  const auto first = all->admit(host("192.0.2.1"));
  first->on_drop([&] { dropped += "first"; });
  first->waits();
  const auto answered = all->admit(host("192.0.2.2"));
  answered->on_drop([&] { dropped += "answered"; });
  answered->waits();
  answered->lingers();
  EXPECT_TRUE(all->admit(host("192.0.2.3")));
  EXPECT_EQ(dropped, "answered");
}

TEST(Places, OfAnIpv6HostAreThoseOfItsNetwork) {
  const auto all = std::make_shared<Connections>(ConnectionLimits{.guests_per_address = 2});
  const auto one = all->admit(host("2001:db8::1"));
  const auto two = all->admit(host("2001:db8::2"));
  EXPECT_FALSE(all->admit(host("2001:db8::3")));
  EXPECT_TRUE(all->admit(host("2001:db8:0:1::3")));
}

TEST(Places, AreFewForAllGuestsTogether) {
  const auto all = std::make_shared<Connections>(ConnectionLimits{.guests = 2});
  const auto first = all->admit(host("192.0.2.1"));
  const auto second = all->admit(host("192.0.2.2"));
  EXPECT_FALSE(all->admit(host("192.0.2.3")));
  bool dropped = false;
  second->on_drop([&] { dropped = true; });
  second->waits();
  EXPECT_TRUE(all->admit(host("192.0.2.3")));
  EXPECT_TRUE(dropped);
}

TEST(Rate, AllowsABurstThenASteadyFlow) {
  RateLimit rate(10, 5);
  TimeNs at = 1'000 * ns_per_s;
  int taken = 0;
  for (int i = 0; i < 50; ++i) taken += rate.take(at) ? 1 : 0;
  EXPECT_EQ(taken, 10);
  at += ns_per_s;
  taken = 0;
  for (int i = 0; i < 50; ++i) taken += rate.take(at) ? 1 : 0;
  EXPECT_EQ(taken, 5);
}

}  // namespace
}  // namespace sluice::signaling

namespace sluice::metrics {
namespace {

TEST(Networks, ContainWhatTheirPrefixSays) {
  const auto networks = Networks::parse({"192.0.2.128/25", "2001:db8::/33", "10.1.2.3"});
  ASSERT_TRUE(networks.ok()) << networks.error().message;
  const auto in = [&](const char* text) { return networks->contains(*parse_ip(text)); };
  EXPECT_TRUE(in("192.0.2.200"));
  EXPECT_FALSE(in("192.0.2.100"));
  EXPECT_TRUE(in("2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8:8000::1"));
  EXPECT_TRUE(in("10.1.2.3"));
  EXPECT_FALSE(in("10.1.2.4"));
  EXPECT_TRUE(in("127.9.9.9"));
  EXPECT_TRUE(in("::1"));
  EXPECT_FALSE(in("::2"));
  for (const char* bad :
       {"", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/x", "nonsense/8", "::/129"}) {
    EXPECT_FALSE(Networks::parse({bad}).ok()) << bad;
  }
}

}  // namespace
}  // namespace sluice::metrics
