#include "common/wire/rtcp_twcc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

using Bytes = std::vector<uint8_t>;

std::optional<Twcc> parse_only(const Bytes& b) {
  auto compound = parse_rtcp(b);
  RtcpView p;
  if (!compound || !compound->next(p)) return std::nullopt;
  return parse_twcc(p);
}

std::vector<TwccPacket> packets_of(const Twcc& t) {
  std::vector<TwccPacket> out;
  TwccPacket p;
  for (auto reader = t.packets(); reader.next(p);) out.push_back(p);
  return out;
}

TEST(Twcc, ReadsAHandMadeReport) {
  // Base 65534, 5 packets, reference 2, one-bit vector 1 0 1 1 1.., deltas 4, 8, 12, 16 (x 250 us).
  const auto b = from_hex("8fcd0006 00000001 00000002 fffe0005 00000209 ae00 04080c10 0000");
  const auto t = parse_only(b);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->base_seq, Seq16(65534));
  EXPECT_EQ(t->reference, 2);
  EXPECT_EQ(t->feedback_count, 9);
  const auto p = packets_of(*t);
  ASSERT_EQ(p.size(), 5u);
  EXPECT_EQ(p[0].arrival_ns, 4 * twcc_tick_ns);
  EXPECT_FALSE(p[1].received);
  EXPECT_EQ(p[2].seq, Seq16(0));
  EXPECT_EQ(p[2].arrival_ns, 12 * twcc_tick_ns);
  EXPECT_EQ(p[4].arrival_ns, 40 * twcc_tick_ns);
}

TEST(Twcc, ReadsRunsAndNegativeDeltas) {
  // Run of 3 lost, run of 2 large: +1000, -4.
  const auto b = from_hex("8fcd0006 00000001 00000002 00010005 ffffff00 0003 4002 03e8fffc");
  const auto t = parse_only(b);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->reference, -1);
  const auto p = packets_of(*t);
  ASSERT_EQ(p.size(), 5u);
  EXPECT_FALSE(p[2].received);
  EXPECT_EQ(p[3].arrival_ns, 1000 * twcc_tick_ns);
  EXPECT_EQ(p[4].arrival_ns, 996 * twcc_tick_ns);
}

TEST(Twcc, RefusesWhatDoesNotCoverItsCount) {
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010000 00000000 00000000")))
      << "count 0";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010005 00000000 00010001")))
      << "chunks short";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010005 00000000 20050102")))
      << "deltas short";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010005 00000000 60050000")))
      << "reserved run";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010005 00000000 f0000000")))
      << "reserved symbol";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 0001ffff 00000000 1fff1fff")))
      << "too many";
  EXPECT_FALSE(parse_only(from_hex("8fcd0005 00000001 00000002 00010005 00000000 00000000")))
      << "empty runs";
}

// Every status and every arrival time comes back, in ticks counted from one origin.
void expect_round_trip(const std::vector<TwccPacket>& packets, std::size_t room) {
  std::span<const TwccPacket> rest = packets;
  while (!rest.empty()) {
    Bytes out(room);
    const auto w = write_twcc(out, Ssrc(1), Ssrc(2), 7, rest);
    ASSERT_GT(w.consumed, 0u);
    if (w.length == 0) {
      for (const auto& p : rest.first(w.consumed)) ASSERT_FALSE(p.received);
      rest = rest.subspan(w.consumed);
      continue;
    }
    out.resize(w.length);
    const auto t = parse_only(out);
    ASSERT_TRUE(t) << hex_of(out);
    const auto back = packets_of(*t);
    ASSERT_EQ(back.size(), w.consumed);
    for (std::size_t i = 0; i < back.size(); i++) {
      ASSERT_EQ(back[i].seq, rest[i].seq);
      ASSERT_EQ(back[i].received, rest[i].received) << i;
      if (!back[i].received) continue;
      const int64_t want = rest[i].arrival_ns / twcc_tick_ns * twcc_tick_ns;
      ASSERT_EQ(t->reference * twcc_reference_ns + back[i].arrival_ns, want) << i;
    }
    rest = rest.subspan(w.consumed);
  }
}

TEST(Twcc, RandomReportsComeBack) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2'000; round++) {
    SCOPED_TRACE(round);
    std::vector<TwccPacket> packets;
    auto seq = static_cast<uint16_t>(random());
    TimeNs now = static_cast<TimeNs>(random() % 1'000) * ns_per_s;
    const uint64_t loss = random() % 100, burst = 1 + random() % 60;
    const TimeNs gap = static_cast<TimeNs>(random() % 100 + 1) * ns_per_ms;
    bool lost = false;
    for (std::size_t i = 0, n = 1 + random() % 400; i < n; i++) {
      if (random() % burst == 0) lost = random() % 100 < loss;
      now += static_cast<TimeNs>(random()) % gap;
      packets.push_back({Seq16(seq++), !lost, std::max<TimeNs>(now, 0)});
    }
    expect_round_trip(packets, 40 + random() % 1'200);
  }
}

TEST(Twcc, LongSilenceEndsAReport) {
  const std::vector<TwccPacket> packets{
      {Seq16(1), true, 0}, {Seq16(2), true, 8 * ns_per_s}, {Seq16(3), true, 17 * ns_per_s}};
  Bytes out(200);
  EXPECT_EQ(write_twcc(out, Ssrc(1), Ssrc(2), 0, packets).consumed, 2u);
  expect_round_trip(packets, 200);
}

TEST(Twcc, ManyLossesAreCheap) {
  std::vector<TwccPacket> packets(1'000);
  for (std::size_t i = 0; i < packets.size(); i++) {
    packets[i] = {Seq16(static_cast<uint16_t>(i)), i == 0 || i == 999, 0};
  }
  Bytes out(400);
  const auto w = write_twcc(out, Ssrc(1), Ssrc(2), 0, packets);
  EXPECT_EQ(w.consumed, 1'000u);
  EXPECT_LE(w.length, 32u);
  expect_round_trip(packets, 400);
}

TEST(Twcc, NothingIsWrittenOfLossesOnly) {
  const std::vector<TwccPacket> packets(5);
  Bytes out(200);
  const auto w = write_twcc(out, Ssrc(1), Ssrc(2), 0, packets);
  EXPECT_EQ(w.length, 0u);
  EXPECT_EQ(w.consumed, 5u);
  EXPECT_EQ(write_twcc({}, Ssrc(1), Ssrc(2), 0, packets).consumed, 0u) << "no room at all";
}

}  // namespace
}  // namespace sluice::wire
