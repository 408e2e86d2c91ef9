// The whole worker on NodeRig: from a browser's first check to what the others receive.
#include "dataplane/worker.h"

#include <gtest/gtest.h>

#include <map>

#include "common/wire/rtcp.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtp.h"
#include "common/wire/stun.h"
#include "tests/unit/dataplane/worker_fixture.h"

namespace sluice {
namespace {

TEST_F(WorkerTest, AnswersAValidCheckAndTakesItsAddress) {
  const Client c = receiver();
  settle();
  connect(c);
  const auto answers = take(c, wire::Protocol::stun);
  ASSERT_EQ(answers.size(), 1u);
  const auto stun = wire::parse_stun(answers[0].bytes);
  ASSERT_TRUE(stun);
  EXPECT_EQ(stun->type(), wire::StunType::binding_success);
  EXPECT_EQ(*stun->xor_mapped_address(), c.address);
  shm::RemoteAddress at;
  ASSERT_TRUE(rig_.region().endpoint(c.endpoint.slot).state.address.read(at));
  EXPECT_EQ(at.remote(), c.address);
  expect_identities();
}

TEST_F(WorkerTest, DropsAChecksWithTheWrongPassword) {
  Client c = receiver();
  settle();
  c.pwd[0] ^= 1;
  connect(c);
  EXPECT_TRUE(take(c, wire::Protocol::stun).empty());
  EXPECT_EQ(rig_.counters()[Counter::drop_stun_unauthenticated], 2u);
  expect_identities();
}

class WorkerProfileTest : public WorkerTest, public testing::WithParamInterface<srtp::Profile> {};

TEST_P(WorkerProfileTest, CarriesAVideoFromPublisherToReceiver) {
  const Client from = publisher(GetParam());
  const Client to = receiver(GetParam());
  const auto t = track(from, MediaKind::video, "1");
  const auto s = stream(to, MediaKind::video, 0x5000, 30'000);
  subscribe(t, s);
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node);
  rig::SrtpPeer listener(to.profile, to.from_node);
  // A delta frame first: nobody can begin with it. It makes the node ask for a key frame.
  rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaaaa,
                                               .index = 700,
                                               .timestamp = 1,
                                               .mid_id = mid_id,
                                               .mid = "1",
                                               .payload = rig::vp8_payload(false, 1, 900)}));
  settle();
  EXPECT_TRUE(take(to, wire::Protocol::srtp).empty());
  EXPECT_EQ(rig_.counters()[Counter::egress_waiting] + rig_.counters()[Counter::egress_layer], 1u);
  EXPECT_GE(rig_.counters()[Counter::key_frames_sent], 1u);
  std::vector<std::vector<uint8_t>> payloads;
  for (uint16_t i = 0; i < 40; ++i) {
    payloads.push_back(rig::vp8_payload(i == 0, static_cast<uint16_t>(2 + i), 500 + i * 10));
    rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaaaa,
                                                 .index = 701u + i,
                                                 .timestamp = 3'000u * i,
                                                 .marker = true,
                                                 .payload = payloads.back()}));
    settle(1);
  }
  settle();
  const auto got = take(to, wire::Protocol::srtp);
  ASSERT_EQ(got.size(), payloads.size());
  uint32_t first_timestamp = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto plain = listener.unprotect(got[i].bytes, SrtpIndex(30'000 + i));
    ASSERT_TRUE(plain) << "packet " << i;
    const auto rtp = wire::parse_rtp(*plain);
    ASSERT_TRUE(rtp);
    EXPECT_EQ(rtp->ssrc(), Ssrc(0x5000));
    EXPECT_EQ(rtp->payload_type(), PayloadType(100));
    EXPECT_EQ(rtp->seq(), Seq16(static_cast<uint16_t>(30'000 + i)));
    ASSERT_EQ(rtp->csrc_count(), 1u);
    EXPECT_EQ(rtp->csrc(0), 0xc0000001u);
    if (i == 0) first_timestamp = rtp->timestamp();
    EXPECT_EQ(rtp->timestamp() - first_timestamp, 3'000u * i);
    EXPECT_TRUE(std::ranges::equal(rtp->payload(), payloads[i]));
  }
  EXPECT_EQ(rig_.region().stream(s.slot).state.next_index.load(), 30'040u);
  expect_identities();
}

INSTANTIATE_TEST_SUITE_P(Profiles, WorkerProfileTest,
                         testing::Values(srtp::Profile::aead_aes_128_gcm,
                                         srtp::Profile::aead_aes_256_gcm,
                                         srtp::Profile::aes128_cm_sha1_80));

TEST_F(WorkerTest, KeepsALossAndHidesPadding) {
  const Client from = publisher();
  const Client to = receiver();
  const auto t = track(from, MediaKind::video, "1");
  subscribe(t, stream(to, MediaKind::video, 0x5000, 100));
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node);
  const auto send = [&](uint64_t index, bool key, uint8_t padding) {
    rig::PacketSpec p{.ssrc = 1,
                      .index = index,
                      .timestamp = static_cast<uint32_t>(index),
                      .mid_id = mid_id,
                      .mid = "1"};
    p.padding = padding;
    if (padding == 0) p.payload = rig::vp8_payload(key, static_cast<uint16_t>(index), 200);
    rig_.send(from, rig::make_protected(sender, p));
    settle(2);
  };
  send(10, true, 0);
  send(11, false, 200);  // padding only
  send(13, false, 0);    // 12 is lost
  send(14, false, 0);
  send(12, false, 0);  // and comes late
  std::vector<uint16_t> seqs;
  for (const auto& d : take(to, wire::Protocol::srtp))
    seqs.push_back(wire::parse_rtp_header(d.bytes)->seq().value());
  EXPECT_EQ(seqs, (std::vector<uint16_t>{100, 102, 103, 101}));
  EXPECT_EQ(rig_.counters()[Counter::padding_in], 1u);
  expect_identities();
}

TEST_F(WorkerTest, GivesReceiversAllThatASenderSendsAtOnce) {
  const Client from = publisher();
  const Client to = receiver();
  const auto t = track(from, MediaKind::audio, "0");
  subscribe(t, stream(to, MediaKind::audio, 0x5000, 100));
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node);
  constexpr uint16_t count = 400;  // eight seconds of audio, from a sender that was held up
  for (uint16_t i = 1; i <= count; ++i) {
    const rig::PacketSpec p{.ssrc = 1,
                            .index = i,
                            .timestamp = 960U * i,
                            .payload_type = 111,
                            .mid_id = mid_id,
                            .mid = "0",
                            .payload = rig::media_payload(Codec::opus, true, i, 80)};
    rig_.send(from, rig::make_protected(sender, p));
    if (i == 1) settle();  // it begins at the newest
  }
  settle(8);
  std::vector<uint16_t> expected, seqs;
  for (uint16_t i = 0; i < count; ++i) expected.push_back(static_cast<uint16_t>(100 + i));
  for (const auto& d : take(to, wire::Protocol::srtp))
    seqs.push_back(wire::parse_rtp_header(d.bytes)->seq().value());
  EXPECT_EQ(seqs, expected);
  EXPECT_EQ(rig_.counters()[Counter::egress_log_overrun], 0u);
  expect_identities();
}

TEST_F(WorkerTest, ContinuesAStreamsNumbersWhenItsSourceChanges) {
  const Client a = publisher(), b = publisher(), to = receiver();
  const auto ta = track(a, MediaKind::video, "1");
  const auto tb = track(b, MediaKind::video, "1");
  const auto s = stream(to, MediaKind::video, 0x5000, 65'530 & 0x7fff);
  settle();
  for (const auto* c : {&a, &b, &to}) connect(*c);
  rig::SrtpPeer pa(a.profile, a.to_node), pb(b.profile, b.to_node),
      listener(to.profile, to.from_node);
  uint64_t ia = 50, ib = 60'000;
  uint64_t expected = 65'530 & 0x7fff;
  std::map<uint64_t, int> used;
  for (int round = 0; round < 20; ++round) {
    const bool from_a = round % 2 == 0;
    const auto sub = subscribe(from_a ? ta : tb, s);
    settle(2);
    for (int i = 0; i < 5; ++i) {
      auto& index = from_a ? ia : ib;
      rig_.send(
          from_a ? a : b,
          rig::make_protected(from_a ? pa : pb, {.ssrc = from_a ? 0xaau : 0xbbu,
                                                 .index = index,
                                                 .timestamp = static_cast<uint32_t>(index * 3'000),
                                                 .mid_id = mid_id,
                                                 .mid = "1",
                                                 .payload = rig::vp8_payload(i == 0, 1, 300)}));
      ++index;
      settle(2);
    }
    for (const auto& d : take(to, wire::Protocol::srtp)) {
      ASSERT_TRUE(listener.unprotect(d.bytes, SrtpIndex(expected)));
      EXPECT_EQ(++used[expected], 1);
      ++expected;
    }
    rig_.publisher().retire(shm::TableId::subscription, sub);
    settle(2);
  }
  EXPECT_EQ(used.size(), 100u);
  expect_identities();
}

TEST_F(WorkerTest, ResumesAfterARestartWithoutReusingANumber) {
  const Client from = publisher(), to = receiver();
  const auto t = track(from, MediaKind::audio, "0");
  subscribe(t, stream(to, MediaKind::audio, 0x5000, 9));
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node), listener(to.profile, to.from_node);
  uint64_t index = 3, expected = 9;
  const std::vector<uint8_t> voice(80, 7);
  for (int life = 0; life < 3; ++life) {
    for (int i = 0; i < 5; ++i, ++index) {
      rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaa,
                                                   .index = index,
                                                   .timestamp = static_cast<uint32_t>(index * 960),
                                                   .payload_type = 111,
                                                   .mid_id = mid_id,
                                                   .mid = "0",
                                                   .payload = voice}));
      settle(2);
    }
    const auto got = take(to, wire::Protocol::srtp);
    ASSERT_EQ(got.size(), 5u) << "life " << life;
    for (const auto& d : got) ASSERT_TRUE(listener.unprotect(d.bytes, SrtpIndex(expected++)));
    rig_.restart_workers();
    settle();
  }
  expect_identities();
}

// After a restart media comes before the gateway has told its address.
TEST_F(WorkerTest, AsksForAKeyFrameAsSoonAsThePublisherCanBeReached) {
  const Client from = publisher(), to = receiver();
  subscribe(track(from, MediaKind::video, "1"), stream(to, MediaKind::video, 0x5000, 9));
  const auto step_unheard = [&] {
    for (int i = 0; i < 4; ++i) {
      rig_.advance(ns_per_ms);
      rig_.step();
    }
  };
  step_unheard();
  rig_.check(from);
  rig_.check(to);
  step_unheard();
  rig::SrtpPeer sender(from.profile, from.to_node);
  rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaaaa,
                                               .index = 700,
                                               .timestamp = 1,
                                               .mid_id = mid_id,
                                               .mid = "1",
                                               .payload = rig::vp8_payload(false, 1, 900)}));
  step_unheard();
  EXPECT_GE(rig_.counters()[Counter::key_frames_asked], 1u);
  EXPECT_EQ(rig_.counters()[Counter::key_frames_sent], 0u);
  settle(100);  // milliseconds: a fifth of the limiter's interval
  EXPECT_EQ(rig_.counters()[Counter::key_frames_sent], 1u);
  EXPECT_FALSE(take(from, wire::Protocol::srtcp).empty());
}

TEST_F(WorkerTest, ReportsToPublisherAndReceiver) {
  const Client from = publisher(), to = receiver();
  const auto t = track(from, MediaKind::audio, "0");
  subscribe(t, stream(to, MediaKind::audio, 0x5000, 9));
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node), from_node(from.profile, from.from_node),
      to_receiver(to.profile, to.from_node);
  uint8_t report[128];
  const std::size_t n = wire::write_sr(
      report, {.sender = Ssrc(0xaa), .ntp = 0x1234'5678'0000'0000, .rtp_timestamp = 960});
  for (uint64_t index = 1; index < 1'000; ++index) {
    rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaa,
                                                 .index = index,
                                                 .timestamp = static_cast<uint32_t>(index * 960),
                                                 .payload_type = 111,
                                                 .mid_id = mid_id,
                                                 .mid = "0",
                                                 .payload = {1, 2, 3}}));
    if (index == 2) rig_.send(from, sender.protect_rtcp({report, n}));
    rig_.advance(19 * ns_per_ms);
    settle(1);
    if (index % 50 == 0) rig_.check(from), rig_.check(to);
  }
  bool reported = false;
  for (const auto& d : take(from, wire::Protocol::srtcp)) {
    const auto plain = from_node.unprotect_rtcp(d.bytes);
    ASSERT_TRUE(plain);
    auto compound = wire::parse_rtcp(*plain);
    ASSERT_TRUE(compound);
    wire::RtcpView v;
    while (compound->next(v)) {
      const auto rr = wire::parse_rr(v);
      if (!rr || rr->blocks.size() == 0) continue;
      EXPECT_EQ(rr->blocks[0].ssrc, Ssrc(0xaa));
      EXPECT_EQ(rr->blocks[0].cumulative_lost, 0);
      reported = true;
    }
  }
  EXPECT_TRUE(reported);
  int sender_reports = 0;
  for (const auto& d : take(to, wire::Protocol::srtcp)) {
    const auto plain = to_receiver.unprotect_rtcp(d.bytes);
    ASSERT_TRUE(plain);
    auto compound = wire::parse_rtcp(*plain);
    wire::RtcpView v;
    while (compound->next(v)) {
      if (const auto sr = wire::parse_sr(v)) {
        EXPECT_EQ(sr->sender, Ssrc(0x5000));
        ++sender_reports;
      }
    }
  }
  // Soon after the start, again a second later, then every five seconds: of twenty.
  EXPECT_GE(sender_reports, 5);
  EXPECT_LE(sender_reports, 6);
  EXPECT_EQ(rig_.counters()[Counter::rtcp_in], 1u);
  expect_identities();
}

class TwoWorkersTest : public WorkerTest {
 protected:
  TwoWorkersTest() : WorkerTest(2) {}
};

TEST_F(TwoWorkersTest, DecryptOnceAndEachServeTheirOwnReceivers) {
  constexpr auto profile = srtp::Profile::aead_aes_256_gcm;
  const Client from = publisher(profile, 0);
  const Client near = receiver(profile, 0), far = receiver(profile, 1);
  const auto t = track(from, MediaKind::video, "1");
  subscribe(t, stream(near, MediaKind::video, 0x5000, 10));
  subscribe(t, stream(far, MediaKind::video, 0x6000, 20));
  settle();
  for (const auto* c : {&from, &near, &far}) connect(*c);
  rig::SrtpPeer sender(from.profile, from.to_node);
  for (uint64_t i = 0; i < 200; ++i) {
    rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaa,
                                                 .index = 65'500 + i,
                                                 .timestamp = static_cast<uint32_t>(i * 3'000),
                                                 .mid_id = mid_id,
                                                 .mid = "1",
                                                 .payload = rig::vp8_payload(i == 0, 1, 600)}));
    settle(3);
  }
  const auto expect_all = [&](const Client& to, uint64_t first) {
    rig::SrtpPeer listener(to.profile, to.from_node);
    const auto got = take(to, wire::Protocol::srtp);
    ASSERT_EQ(got.size(), 200u);
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_TRUE(listener.unprotect(got[i].bytes, SrtpIndex(first + i)));
    }
  };
  expect_all(near, 10);
  expect_all(far, 20);
  EXPECT_EQ(rig_.counters()[Counter::media_in], 200u);
  // The port gives packets to any worker; those of the other are passed home.
  EXPECT_GT(rig_.counters()[Counter::handover_in], 50u);
  EXPECT_EQ(rig_.counters()[Counter::handover_in], rig_.counters()[Counter::handover_out]);
  for (uint32_t w = 0; w < 2; ++w) {
    EXPECT_EQ(shm::received_imbalance(rig_.counters(w)), 0);
    EXPECT_EQ(shm::visited_imbalance(rig_.counters(w)), 0);
  }
}

TEST_F(TwoWorkersTest, CarryAKeyFrameRequestToTheTracksHome) {
  constexpr auto profile = srtp::Profile::aead_aes_128_gcm;
  const Client from = publisher(profile, 1), to = receiver(profile, 0);
  const auto t = track(from, MediaKind::video, "1");
  subscribe(t, stream(to, MediaKind::video, 0x5000, 10));
  settle();
  connect(from);
  connect(to);
  rig::SrtpPeer sender(from.profile, from.to_node), listener(from.profile, from.from_node);
  rig_.send(from, rig::make_protected(sender, {.ssrc = 0xaa,
                                               .index = 5,
                                               .timestamp = 1,
                                               .mid_id = mid_id,
                                               .mid = "1",
                                               .payload = rig::vp8_payload(false, 1, 600)}));
  settle(8);
  bool asked = false;
  for (const auto& d : take(from, wire::Protocol::srtcp)) {
    const auto plain = listener.unprotect_rtcp(d.bytes);
    ASSERT_TRUE(plain);
    auto compound = wire::parse_rtcp(*plain);
    wire::RtcpView v;
    while (compound && compound->next(v)) {
      if (const auto pli = wire::parse_pli(v)) asked = pli->media == Ssrc(0xaa);
    }
  }
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace sluice
