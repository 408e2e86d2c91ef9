// What of real offers is taken, and how it is said in the answer and in the tables.
#include "controlplane/agent/publish_answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "common/shm/validate.h"
#include "controlplane/agent/codec_match.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::fmtp_parameter;
using proto::sdp::Media;

Description load(const std::string& name) {
  std::ifstream in(std::string(SLUICE_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream text;
  text << in.rdbuf();
  auto d = proto::sdp::parse_description(text.str());
  EXPECT_TRUE(d.ok()) << name;
  return d.ok() ? *d : Description{};
}

PublishAnswer answered(const Description& d, const std::vector<std::string>& codecs = {}) {
  auto a = answer_publish(d, codecs_of(codecs), {});
  EXPECT_TRUE(a.ok()) << (a.ok() ? "" : a.error().message);
  return a.ok() ? std::move(*a) : PublishAnswer{};
}

std::string fault_of(const Description& d, const std::vector<std::string>& codecs = {}) {
  auto a = answer_publish(d, codecs_of(codecs), {});
  return a.ok() ? "" : a.error().message;
}

std::vector<std::string> names_of(const Media& m) {
  std::vector<std::string> names;
  for (const auto& p : m.payloads) names.push_back(p.name);
  return names;
}

std::vector<std::string> rids_of(const PublishedTrack& t) {
  std::vector<std::string> rids;
  for (const auto& e : t.encodings) rids.emplace_back(e.rid.view());
  return rids;
}

TEST(PublishAnswer, realOffersAreTakenAndFitTheTables) {
  struct {
    const char* file;
    std::size_t tracks;
  } const table[] = {{"chromium_audio_video.sdp", 2},     {"chromium_simulcast.sdp", 2},
                     {"chromium_svc_screen_data.sdp", 3}, {"chromium_inactive_video.sdp", 1},
                     {"chromium_sendrecv.sdp", 2},        {"firefox_audio_video.sdp", 2},
                     {"aiortc_audio_video.sdp", 2},       {"obs_h264.sdp", 2}};
  for (const auto& row : table) {
    const PublishAnswer a = answered(load(row.file));
    EXPECT_EQ(a.tracks.size(), row.tracks) << row.file;
    shm::NegotiationRecord r;
    r.recv_payloads = a.recv_payloads;
    r.recv_extensions = a.recv_extensions;
    EXPECT_EQ(shm::validate(r), "") << row.file;
    EXPECT_FALSE(a.fingerprints.empty()) << row.file;
    const std::string sdp = write_description(a.description);
    EXPECT_TRUE(proto::sdp::parse_description(sdp).ok()) << row.file;
  }
}

TEST(PublishAnswer, onlyFeedbackThatIsServedIsAnswered) {
  const PublishAnswer a = answered(load("chromium_simulcast.sdp"));
  EXPECT_TRUE(a.transport_feedback);
  for (const auto& p : a.description.media[1].payloads) {
    if (p.name == "rtx") continue;
    EXPECT_EQ(p.feedback, (std::vector<std::string>{"transport-cc", "ccm fir", "nack pli"}));
  }
  // aiortc offers goog-remb and no transport-wide numbers.
  EXPECT_FALSE(answered(load("aiortc_audio_video.sdp")).transport_feedback);
}

TEST(PublishAnswer, theRoomsCodecsComeInTheRoomsOrderEachWithItsRtx) {
  const Description offer = load("chromium_audio_video.sdp");
  const PublishAnswer a = answered(offer, {"VP9", "VP8"});
  EXPECT_EQ(names_of(a.description.media[1]),
            (std::vector<std::string>{"VP9", "rtx", "VP8", "rtx"}));
  EXPECT_EQ(names_of(a.description.media[0]), (std::vector<std::string>{"opus"}));
  EXPECT_EQ(fmtp_parameter(a.description.media[1].payloads[1].fmtp, "apt"),
            std::to_string(a.description.media[1].payloads[0].type));
  const PublishAnswer h264 = answered(offer, {"H264"});
  for (const auto& p : h264.description.media[1].payloads) {
    if (p.name == "rtx") continue;
    EXPECT_EQ(fmtp_parameter(p.fmtp, "packetization-mode"), "1");
    EXPECT_EQ(match(p), Codec::h264);
  }
  EXPECT_NE(fault_of(offer, {"opus"}).find("m-line 1 (video"), std::string::npos);
}

TEST(PublishAnswer, simulcastIsTakenLowestFirstAndAnsweredInTheOfferedOrder) {
  const PublishAnswer a = answered(load("chromium_simulcast.sdp"));
  EXPECT_EQ(rids_of(a.tracks[1]), (std::vector<std::string>{"q", "h", "f"}));
  EXPECT_EQ(a.description.media[1].simulcast_recv, (std::vector<std::string>{"q", "h", "f"}));
  ASSERT_EQ(a.description.media[1].rids.size(), 3u);
  EXPECT_FALSE(a.description.media[1].rids[0].send);
}

TEST(PublishAnswer, announcedSourcesAreHints) {
  const PublishAnswer a = answered(load("firefox_audio_video.sdp"));
  EXPECT_EQ(a.tracks[0].encodings[0].ssrc, 2735301873u);
  EXPECT_EQ(a.tracks[1].encodings[0].ssrc, 1530426391u);
  EXPECT_EQ(a.tracks[1].encodings[0].rtx_ssrc, 3210944157u);
  const PublishAnswer s = answered(load("chromium_simulcast.sdp"));
  for (const auto& e : s.tracks[1].encodings) EXPECT_EQ(e.ssrc, 0u);
}

TEST(PublishAnswer, extensionsKeepTheOfferedIds) {
  const Description offer = load("chromium_simulcast.sdp");
  const PublishAnswer a = answered(offer);
  const auto id = [&](std::size_t line, const char* uri) {
    const auto* e = offer.media[line].find_extension(uri);
    return e == nullptr ? 0 : int{e->id};
  };
  EXPECT_EQ(a.recv_extensions.mid, id(1, "urn:ietf:params:rtp-hdrext:sdes:mid"));
  EXPECT_EQ(a.recv_extensions.rid, id(1, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"));
  EXPECT_EQ(a.recv_extensions.audio_level, id(0, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"));
  EXPECT_EQ(a.recv_extensions.video_orientation, id(1, "urn:3gpp:video-orientation"));
  EXPECT_NE(a.recv_extensions.dependency_descriptor, 0);
  EXPECT_EQ(a.recv_extensions.abs_send_time, 0);
}

TEST(PublishAnswer, aDataChannelIsRejectedAlone) {
  const PublishAnswer a = answered(load("chromium_svc_screen_data.sdp"));
  const Media& m = a.description.media.back();
  EXPECT_TRUE(m.rejected());
  EXPECT_EQ(m.kind, "application");
  ASSERT_EQ(a.description.bundles.size(), 1u);
  EXPECT_EQ(a.description.bundles[0], (std::vector<std::string>{"0", "1", "2"}));
}

TEST(PublishAnswer, directionsAreMirrored) {
  const PublishAnswer a = answered(load("chromium_sendrecv.sdp"));
  EXPECT_EQ(a.description.media[0].direction, Direction::recvonly);
  EXPECT_EQ(a.description.media[2].direction, Direction::inactive);
}

TEST(PublishAnswer, aLineOfItsOwnNeedsNoBundle) {
  Description d = load("chromium_audio_video.sdp");
  d.bundles.clear();
  d.media.resize(1);
  const PublishAnswer a = answered(d);
  EXPECT_EQ(a.tracks.size(), 1U);
  EXPECT_EQ(a.description.media[0].mid, d.media[0].mid);
  EXPECT_TRUE(a.description.bundles.empty()) << "RFC 9143 s7.3: none was offered";
}

TEST(PublishAnswer, hostileOffersAreRefusedByTheirLine) {
  const Description good = load("chromium_audio_video.sdp");
  const auto spoilt = [&](const std::function<void(Description&)>& spoil) {
    Description d = good;
    spoil(d);
    return fault_of(d);
  };
  const auto expect = [&](const std::function<void(Description&)>& spoil, const std::string& line,
                          const std::string& why) {
    const std::string fault = spoilt(spoil);
    EXPECT_NE(fault.find(line), std::string::npos) << fault;
    EXPECT_NE(fault.find(why), std::string::npos) << fault;
  };
  expect([](Description& d) { d.bundles.clear(); }, "m-line 0", "BUNDLE");
  expect([](Description& d) { d.bundles[0].pop_back(); }, "m-line 1", "BUNDLE");
  expect([](Description& d) { d.media[1].rtcp_mux = false; }, "m-line 1", "rtcp-mux");
  expect([](Description& d) { d.media[1].mid = d.media[0].mid; }, "m-line 1", "mid");
  expect([](Description& d) { d.media[1].mid.clear(); }, "m-line 1", "mid");
  expect([](Description& d) { d.media[1].mid = std::string(16, 'x'); }, "m-line 1", "mid");
  expect([](Description& d) { d.media[1].protocol = "RTP/AVP"; }, "m-line 1", "protocol");
  expect(
      [](Description& d) { d.media[1].payloads.resize(1), d.media[1].payloads[0].name = "H263"; },
      "m-line 1", "no codec");
  expect([](Description& d) { d.media[1].payloads[0].type = 111; }, "m-line 1", "payload type 111");
  expect(
      [](Description& d) {
        d.media[1].extensions.push_back({1, Direction::unspecified, "urn:3gpp:video-orientation"});
      },
      "m-line 1", "a=extmap:1");
  EXPECT_FALSE(fault_of(Description{}).empty());
}

TEST(PublishAnswer, ridsAreOrderedBySizeThenNameThenPlace) {
  Media m;
  m.simulcast_send = {"f", "h", "q"};
  EXPECT_EQ(order_rids(m), (std::vector<std::string>{"q", "h", "f"}));
  m.simulcast_send = {"hi", "lo"};
  EXPECT_EQ(order_rids(m), (std::vector<std::string>{"lo", "hi"}));
  m.simulcast_send = {"r0", "r1", "r2"};
  EXPECT_EQ(order_rids(m), (std::vector<std::string>{"r0", "r1", "r2"}));
  m.simulcast_send = {"x", "y"};
  m.rids = {{"x", true, {{"max-width", "1280"}, {"max-height", "720"}}},
            {"y", true, {{"max-fs", "400"}}}};
  EXPECT_EQ(order_rids(m), (std::vector<std::string>{"y", "x"}));
  m.rids[1].restrictions = {{"max-fs", "3600"}};  // the same size: the place decides
  EXPECT_EQ(order_rids(m), (std::vector<std::string>{"x", "y"}));
}

TEST(PublishAnswer, codecsOutsideWhatIsForwardedDoNotMatch) {
  proto::sdp::Payload p;
  const auto with = [&](const char* name, uint32_t rate, uint32_t channels, const char* fmtp) {
    p.name = name;
    p.clock_rate = rate;
    p.channels = channels;
    p.fmtp = fmtp;
    return match(p);
  };
  EXPECT_EQ(with("OPUS", 48'000, 2, ""), Codec::opus);
  EXPECT_EQ(with("opus", 48'000, 1, ""), Codec::none);
  EXPECT_EQ(with("VP8", 90'000, 1, ""), Codec::vp8);
  EXPECT_EQ(with("VP8", 8'000, 1, ""), Codec::none);
  EXPECT_EQ(with("VP9", 90'000, 1, "profile-id=0"), Codec::vp9);
  EXPECT_EQ(with("VP9", 90'000, 1, "profile-id=2"), Codec::none);
  EXPECT_EQ(with("AV1", 90'000, 1, "level-idx=5;profile=0;tier=0"), Codec::av1);
  EXPECT_EQ(with("AV1", 90'000, 1, "profile=1"), Codec::none);
  EXPECT_EQ(with("H264", 90'000, 1, "packetization-mode=1;profile-level-id=42e01f"), Codec::h264);
  EXPECT_EQ(with("H264", 90'000, 1, "packetization-mode=1;profile-level-id=4D001F"), Codec::h264);
  EXPECT_EQ(with("H264", 90'000, 1, "packetization-mode=0;profile-level-id=42e01f"), Codec::none);
  EXPECT_EQ(with("H264", 90'000, 1, "packetization-mode=1;profile-level-id=640034"), Codec::none);
  EXPECT_EQ(with("red", 48'000, 2, ""), Codec::none);
}

}  // namespace
}  // namespace sluice::agent
