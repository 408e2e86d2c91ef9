// What clients of other stacks that offer to receive are answered, and what the tables must say.
#include "controlplane/agent/play_answer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/shm/validate.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;

Description load(const std::string& name) {
  std::ifstream in(std::string(SLUICE_TEST_DATA) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  auto d = proto::sdp::parse_description(text.str());
  EXPECT_TRUE(d.ok()) << name;
  return d.ok() ? *d : Description{};
}

PlayAnswer answered(const Description& d, bool transport_wide = false) {
  auto a = answer_play(d, transport_wide);
  EXPECT_TRUE(a.ok()) << (a.ok() ? "" : a.error().message);
  return a.ok() ? std::move(*a) : PlayAnswer{};
}

std::string fault_of(const Description& d) {
  const auto a = answer_play(d, false);
  return a.ok() ? "" : a.error().message;
}

uint8_t type_of(const PlayAnswer& a, Codec c) {
  return a.send_payloads[static_cast<std::size_t>(c)].payload_type;
}

void expect_fits_the_tables(const PlayAnswer& a) {
  shm::NegotiationRecord r;
  r.send_payloads = a.send_payloads;
  r.send_extensions = a.send_extensions;
  EXPECT_EQ(shm::validate(r), "");
}

TEST(PlayAnswer, theClientsNumbersAreTaken) {
  const PlayAnswer a = answered(load("gstreamer_play.sdp"));
  expect_fits_the_tables(a);
  EXPECT_EQ(a.video_line, 0U);
  EXPECT_EQ(a.audio_line, 1U);
  EXPECT_EQ(type_of(a, Codec::h264), 100);
  EXPECT_EQ(type_of(a, Codec::vp8), 101);
  EXPECT_EQ(type_of(a, Codec::opus), 97);
  EXPECT_EQ(type_of(a, Codec::vp9), 0);
  EXPECT_EQ(a.send_extensions.audio_level, 3);
  EXPECT_EQ(a.send_extensions.video_orientation, 0);  // its id needs headers it does not allow
  EXPECT_TRUE(a.reduced_size_rtcp);
  EXPECT_EQ(a.setup, proto::sdp::Setup::actpass);
  ASSERT_EQ(a.description.media.size(), 2U);
  EXPECT_EQ(a.description.bundles[0], (std::vector<std::string>{"video0", "audio1"}));
  const auto& video = a.description.media[0];
  EXPECT_EQ(video.direction, Direction::sendonly);
  ASSERT_EQ(video.payloads.size(), 2U);  // neither RTX nor H265
  EXPECT_EQ(video.payloads[1].feedback, (std::vector<std::string>{"nack pli", "ccm fir"}));
}

TEST(PlayAnswer, transportWideFeedbackIsTakenWhereItIsWantedAndOffered) {
  Description offer = load("gstreamer_play.sdp");
  EXPECT_EQ(answered(offer, false).send_extensions.transport_cc, 0);
  const PlayAnswer wide = answered(offer, true);
  expect_fits_the_tables(wide);
  EXPECT_EQ(wide.send_extensions.transport_cc, 7);
  EXPECT_EQ(wide.description.media[1].extensions.size(), 2U);
  // Numbers that nobody answers are not sent, nor said to be.
  for (auto& p : offer.media[0].payloads) p.feedback.clear();
  const PlayAnswer unanswered = answered(offer, true);
  EXPECT_EQ(unanswered.send_extensions.transport_cc, 0);
  ASSERT_EQ(unanswered.description.media[1].extensions.size(), 1U);
  EXPECT_EQ(unanswered.description.media[1].extensions[0].id, 3);
}

TEST(PlayAnswer, aiortcIsSentWithoutWhatItDoesNotKnow) {
  const PlayAnswer a = answered(load("aiortc_audio_video.sdp"), true);
  expect_fits_the_tables(a);
  EXPECT_EQ(type_of(a, Codec::opus), 96);
  EXPECT_EQ(type_of(a, Codec::vp8), 97);
  EXPECT_EQ(type_of(a, Codec::h264), 99);
  EXPECT_EQ(a.send_extensions.transport_cc, 0);
  EXPECT_EQ(a.send_extensions.audio_level, 2);
}

TEST(PlayAnswer, anIdThatMeansTwoThingsIsUsedForTheFirst) {
  Description d = load("aiortc_audio_video.sdp");
  d.media[1].extensions = {{2, Direction::unspecified, "urn:3gpp:video-orientation"}};
  const PlayAnswer a = answered(d);
  expect_fits_the_tables(a);
  EXPECT_EQ(a.send_extensions.audio_level, 2);
  EXPECT_EQ(a.send_extensions.video_orientation, 0);
}

TEST(PlayAnswer, oneLineOfEachKindIsFed) {
  Description d = load("gstreamer_play.sdp");
  d.media.push_back(d.media[0]);
  d.media[2].mid = "video2";
  d.bundles[0].push_back("video2");
  const PlayAnswer a = answered(d);
  ASSERT_EQ(a.description.media.size(), 3U);
  EXPECT_TRUE(a.description.media[2].rejected());
  EXPECT_EQ(a.description.bundles[0].size(), 2U);

  d.media[0].direction = Direction::sendonly;
  EXPECT_EQ(answered(d).video_line, 2U);
}

TEST(PlayAnswer, aLineOfItsOwnNeedsNoBundle) {
  Description d = load("gstreamer_play.sdp");
  d.bundles.clear();
  d.media.resize(1);
  const PlayAnswer a = answered(d);
  EXPECT_EQ(a.video_line, 0U);
  EXPECT_TRUE(a.description.bundles.empty());
}

TEST(PlayAnswer, whatCannotBeFedIsRefusedByName) {
  const Description good = load("gstreamer_play.sdp");
  Description d = good;
  d.bundles.clear();
  EXPECT_NE(fault_of(d).find("m-line 0 (video, mid video0): not in the first BUNDLE"),
            std::string::npos);
  d = good;
  d.media[1].rtcp_mux = false;
  EXPECT_NE(fault_of(d).find("m-line 1 (audio, mid audio1): no a=rtcp-mux"), std::string::npos);
  d = good;
  d.media[0].payloads.resize(1);
  d.media[0].payloads[0].name = "H265";
  EXPECT_NE(fault_of(d).find("no codec that Sluice forwards"), std::string::npos);
  d = good;
  d.media[1].payloads[0].type = d.media[0].payloads[0].type;
  EXPECT_NE(fault_of(d).find("payload type 100 is used before"), std::string::npos);
  d = good;
  d.media[1].mid = d.media[0].mid;
  EXPECT_NE(fault_of(d).find("a=mid of another m-line"), std::string::npos);
  for (auto& m : d.media) m.direction = Direction::sendonly;
  EXPECT_EQ(fault_of(d), "no m-line of audio or video receives");
}

TEST(PlayAnswer, theStreamsAreNamed) {
  PlayAnswer a = answered(load("gstreamer_play.sdp"));
  PoolPair pair;
  pair.cname = "someone";
  pair.audio.ssrc = 11;
  pair.video.ssrc = 22;
  name_streams(a, pair);
  EXPECT_EQ(a.description.media[0].sources, (std::vector<proto::sdp::Source>{{22, "someone"}}));
  EXPECT_EQ(a.description.media[1].sources, (std::vector<proto::sdp::Source>{{11, "someone"}}));
  EXPECT_EQ(a.description.media[0].msids[0].stream, a.description.media[1].msids[0].stream);
}

}  // namespace
}  // namespace sluice::agent
