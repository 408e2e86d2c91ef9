// The compound walk and every packet type but transport feedback.
#include "common/wire/rtcp.h"

#include <gtest/gtest.h>

#include <array>

#include "common/wire/rtcp_bye.h"
#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_nack.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_remb.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sdes.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtcp_xr.h"
#include "tests/unit/wire/hex.h"

namespace sluice::wire {
namespace {

using Bytes = std::vector<uint8_t>;

// What write(span) wrote; checks that every smaller buffer is refused.
template <class F>
Bytes written(F&& write) {
  Bytes out(1500);
  out.resize(write(ByteSpan(out)));
  for (std::size_t room = 0; room < out.size(); room++) {
    Bytes small(room);
    EXPECT_EQ(write(ByteSpan(small)), 0u) << room;
  }
  return out;
}

// The only packet in `bytes`, which outlives it.
RtcpView only(const Bytes& bytes) {
  auto compound = parse_rtcp(bytes);
  RtcpView packet, none;
  EXPECT_TRUE(compound && compound->next(packet) && !compound->next(none));
  return packet;
}

TEST(Rtcp, WalksACompound) {
  const auto b = from_hex("80c90001 00000001 81ca0003 00000001 01026162 00000000 ffcc0000");
  auto compound = parse_rtcp(b);
  EXPECT_FALSE(compound) << "padding bit without padding";
  const auto good = from_hex("80c90001 00000001 81ca0003 00000001 01026162 00000000 9fcc0000");
  compound = parse_rtcp(good);
  ASSERT_TRUE(compound);
  RtcpView p;
  ASSERT_TRUE(compound->next(p));
  EXPECT_EQ(p.type, RtcpType::rr);
  EXPECT_EQ(rtcp_sender_ssrc(p), Ssrc(1));
  ASSERT_TRUE(compound->next(p));
  EXPECT_EQ(p.type, RtcpType::sdes);
  EXPECT_EQ(p.body.size(), 12u);
  ASSERT_TRUE(compound->next(p));
  EXPECT_EQ(p.count, 31);
  EXPECT_TRUE(p.body.empty());
  EXPECT_FALSE(rtcp_sender_ssrc(p));
  EXPECT_FALSE(compound->next(p));
}

TEST(Rtcp, PaddingOnlyInTheLastPacket) {
  const auto last = from_hex("80c90001 00000001 a0c90002 00000001 00000004");
  auto compound = parse_rtcp(last);
  ASSERT_TRUE(compound);
  RtcpView p;
  ASSERT_TRUE(compound->next(p) && compound->next(p));
  EXPECT_EQ(p.body.size(), 4u);
  EXPECT_FALSE(parse_rtcp(from_hex("a0c90002 00000001 00000004 80c90001 00000001")));
  EXPECT_FALSE(parse_rtcp(from_hex("a0c90001 00000009"))) << "longer than the packet";
  EXPECT_FALSE(parse_rtcp(from_hex("a0c90001 00000000"))) << "counts nothing";
}

TEST(Rtcp, RefusesLengthsThatDoNotAddUp) {
  EXPECT_FALSE(parse_rtcp({}));
  EXPECT_FALSE(parse_rtcp(from_hex("80c90002 00000001")));
  EXPECT_FALSE(parse_rtcp(from_hex("80c90000 00000001"))) << "the rest is no header";
  EXPECT_FALSE(parse_rtcp(from_hex("80c900")));
  EXPECT_FALSE(parse_rtcp(from_hex("40c90001 00000001")));
}

TEST(RtcpSr, RoundTrip) {
  const std::array blocks{ReportBlock{Ssrc(2), 255, -8'388'608, 0x1ffff, 3, 4, 5},
                          ReportBlock{Ssrc(3), 1, 9'000'000, 6, 7, 8, 9}};
  const auto b = written([&](ByteSpan out) {
    return write_sr(out, {Ssrc(1), 0x0102030405060708, 90'000, 10, 20}, blocks);
  });
  EXPECT_EQ(b.size(), sender_report_length + 48);
  const auto v = parse_sr(only(b));
  ASSERT_TRUE(v);
  EXPECT_EQ(v->sender, Ssrc(1));
  EXPECT_EQ(v->ntp, 0x0102030405060708u);
  EXPECT_EQ(ntp_middle(v->ntp), 0x03040506u);
  EXPECT_EQ(v->rtp_timestamp, 90'000u);
  EXPECT_EQ(v->packets, 10u);
  EXPECT_EQ(v->octets, 20u);
  ASSERT_EQ(v->blocks.size(), 2u);
  EXPECT_EQ(v->blocks[0].cumulative_lost, -8'388'608);
  EXPECT_EQ(v->blocks[1].cumulative_lost, 0x7fffff) << "clamped to 24 bits";
  EXPECT_EQ(v->blocks[1].delay_since_last_sr, 9u);
  EXPECT_FALSE(parse_rr(only(b)));
}

TEST(RtcpRr, CountsMoreThanItHoldsIsRefused) {
  const auto b = written([](ByteSpan out) { return write_rr(out, Ssrc(1), {}); });
  EXPECT_EQ(hex_of(b), "80c9000100000001");
  ASSERT_TRUE(parse_rr(only(b)));
  auto bad = b;
  bad[0] = 0x81;
  EXPECT_FALSE(parse_rr(only(bad)));
  const std::vector<ReportBlock> many(32);
  Bytes out(1500);
  EXPECT_EQ(write_rr(out, Ssrc(1), many), 0u);
}

TEST(RtcpSdes, EveryNameLengthEndsInAZero) {
  for (std::size_t n = 1; n <= cname_length_max; n++) {
    const std::string name(n, 'x');
    Bytes b(600);
    b.resize(write_sdes_cname(b, Ssrc(7), name));
    ASSERT_EQ(b.size() % 4, 0u);
    EXPECT_EQ(b.back(), 0);
    SdesReader reader(only(b));
    SdesCname chunk;
    ASSERT_TRUE(reader.next(chunk)) << n;
    EXPECT_EQ(chunk.ssrc, Ssrc(7));
    EXPECT_EQ(chunk.cname, name);
    EXPECT_FALSE(reader.next(chunk));
    EXPECT_TRUE(reader.ok());
  }
  Bytes out(600);
  EXPECT_EQ(write_sdes_cname(out, Ssrc(7), std::string(256, 'x')), 0u);
}

TEST(RtcpSdes, FindsTheNameAmongOtherItemsAndChunks) {
  const auto b = from_hex("82ca0006 00000001 020161 0102 6263 00 00000002 01026465 00000000 ");
  auto fixed = b;
  fixed[3] = static_cast<uint8_t>(b.size() / 4 - 1);
  SdesReader reader(only(fixed));
  SdesCname chunk;
  ASSERT_TRUE(reader.next(chunk));
  EXPECT_EQ(chunk.cname, "bc");
  ASSERT_TRUE(reader.next(chunk));
  EXPECT_EQ(chunk.ssrc, Ssrc(2));
  EXPECT_EQ(chunk.cname, "de");
  EXPECT_FALSE(reader.next(chunk));
}

TEST(RtcpSdes, AnItemOverTheEndFails) {
  const auto b = from_hex("81ca0002 00000001 01036162");
  SdesReader reader(only(b));
  SdesCname chunk;
  EXPECT_FALSE(reader.next(chunk));
  EXPECT_FALSE(reader.ok());
}

TEST(RtcpBye, RoundTrip) {
  const std::array ssrcs{Ssrc(1), Ssrc(2)};
  const auto b = written([&](ByteSpan out) { return write_bye(out, ssrcs); });
  const auto v = parse_bye(only(b));
  ASSERT_TRUE(v);
  ASSERT_EQ(v->size(), 2u);
  EXPECT_EQ((*v)[1], Ssrc(2));
}

std::vector<uint16_t> lost_of(const Bytes& b) {
  std::vector<uint16_t> out;
  const auto v = parse_nack(only(b));
  EXPECT_TRUE(v);
  if (v) v->for_each_lost([&](Seq16 s) { out.push_back(s.value()); });
  return out;
}

TEST(RtcpNack, ReadsPidAndBitmask) {
  const auto b = from_hex("81cd0003 00000001 00000002 fffe8003");
  EXPECT_EQ(lost_of(b), (std::vector<uint16_t>{0xfffe, 0xffff, 0, 14}));
}

TEST(RtcpNack, PacksAcrossTheWrap) {
  const std::vector<uint16_t> numbers{65530, 65531, 65535, 9, 10, 26, 27};
  std::vector<Seq16> lost;
  for (const uint16_t n : numbers) lost.push_back(Seq16(n));
  const auto b = written([&](ByteSpan out) { return write_nack(out, Ssrc(1), Ssrc(2), lost); });
  EXPECT_EQ(b.size(), 12u + 2 * 4) << "65530..10, then 26 and 27: 26 is 16 behind 10";
  EXPECT_EQ(lost_of(b), numbers);
  Bytes out(64);
  EXPECT_EQ(write_nack(out, Ssrc(1), Ssrc(2), {}), 0u);
}

TEST(RtcpNack, RefusesNoItem) {
  EXPECT_FALSE(parse_nack(only(from_hex("81cd0002 00000001 00000002"))));
}

TEST(RtcpPli, RoundTrip) {
  const auto b = written([](ByteSpan out) { return write_pli(out, Ssrc(1), Ssrc(2)); });
  EXPECT_EQ(hex_of(b), "81ce00020000000100000002");
  const auto v = parse_pli(only(b));
  ASSERT_TRUE(v);
  EXPECT_EQ(v->sender, Ssrc(1));
  EXPECT_EQ(v->media, Ssrc(2));
  EXPECT_FALSE(parse_fir(only(b)));
}

TEST(RtcpFir, RoundTrip) {
  const auto b = written([](ByteSpan out) { return write_fir(out, Ssrc(1), Ssrc(2), 200); });
  EXPECT_EQ(hex_of(b), "84ce0004000000010000000000000002c8000000");
  const auto v = parse_fir(only(b));
  ASSERT_TRUE(v);
  ASSERT_EQ(v->size(), 1u);
  EXPECT_EQ(v->ssrc(0), Ssrc(2));
  EXPECT_EQ(v->seq_nr(0), 200);
}

TEST(RtcpRemb, RoundsDownToItsMantissa) {
  const std::array ssrcs{Ssrc(7), Ssrc(8)};
  for (const uint64_t bps :
       {uint64_t{0}, uint64_t{262'143}, uint64_t{262'144}, uint64_t{2'500'000}, ~uint64_t{0}}) {
    const auto b = written([&](ByteSpan out) { return write_remb(out, Ssrc(1), bps, ssrcs); });
    const auto v = parse_remb(only(b));
    ASSERT_TRUE(v) << bps;
    EXPECT_LE(v->bitrate_bps, bps);
    EXPECT_GE(v->bitrate_bps, bps - (bps >> 17));
    ASSERT_EQ(v->size(), 2u);
    EXPECT_EQ(v->ssrc(1), Ssrc(8));
  }
}

TEST(RtcpRemb, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(parse_remb(only(from_hex("8fce0004 00000001 00000000 52454d42 00ffffff"))))
      << "2^81";
  EXPECT_FALSE(parse_remb(only(from_hex("8fce0004 00000001 00000000 52454d43 00000001"))))
      << "not REMB";
  EXPECT_FALSE(parse_remb(only(from_hex("8fce0004 00000001 00000000 52454d42 01000001"))))
      << "SSRC missing";
}

TEST(RtcpXr, ReadsBothBlocks) {
  const auto rrtr =
      written([](ByteSpan out) { return write_xr_rrtr(out, Ssrc(1), 0x0102030405060708); });
  EXPECT_EQ(hex_of(rrtr), "80cf000400000001040000020102030405060708");
  EXPECT_EQ(parse_xr(only(rrtr))->rrtr_ntp, 0x0102030405060708u);
  const std::array items{DlrrItem{Ssrc(2), 3, 4}, DlrrItem{Ssrc(5), 6, 7}};
  const auto dlrr = written([&](ByteSpan out) { return write_xr_dlrr(out, Ssrc(1), items); });
  const auto v = parse_xr(only(dlrr));
  ASSERT_TRUE(v);
  EXPECT_FALSE(v->rrtr_ntp);
  ASSERT_EQ(v->dlrr_size(), 2u);
  EXPECT_EQ(v->dlrr_item(1).ssrc, Ssrc(5));
  EXPECT_EQ(v->dlrr_item(1).delay_since_last_rr, 7u);
}

TEST(RtcpXr, SkipsUnknownBlocksAndRefusesBrokenOnes) {
  const auto unknown = from_hex("80cf0006 00000001 63000001 aabbccdd 04000002 0000000000000009");
  EXPECT_EQ(parse_xr(only(unknown))->rrtr_ntp, 9u);
  EXPECT_FALSE(parse_xr(only(from_hex("80cf0002 00000001 04000002")))) << "block over the end";
  EXPECT_FALSE(parse_xr(only(from_hex("80cf0003 00000001 04000001 00000000"))))
      << "RRTR of 4 bytes";
  EXPECT_FALSE(parse_xr(only(from_hex("80cf0003 00000001 05000001 00000000"))))
      << "DLRR of 4 bytes";
}

}  // namespace
}  // namespace sluice::wire
