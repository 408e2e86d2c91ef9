#include "tools/loadgen/description.h"

#include <gtest/gtest.h>

namespace sluice::loadgen {
namespace {

const LocalTransport local{{"abcdefgh", "0123456789012345678901"},
                           {"sha-256", std::vector<uint8_t>(32, 1)}};

// An offer of one pair of streams, as another version of Sluice might make it.
const std::string offer =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2130706431 2001:db8::1 40000 typ host\r\n"
    "a=candidate:2 1 udp 2130706175 192.0.2.1 40000 typ host\r\n"
    "a=ice-ufrag:server00\r\na=ice-pwd:9876543210987654321098\r\n"
    "a=fingerprint:sha-256 "
    "02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:02:"
    "02\r\n"
    "a=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=ssrc:11 cname:x\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
    "a=ice-ufrag:server00\r\na=ice-pwd:9876543210987654321098\r\n"
    "a=setup:actpass\r\na=sendonly\r\na=rtcp-mux\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc:12 cname:x\r\n";

TEST(Description, an_offer_is_answered_without_what_is_not_done) {
  const auto answer = answer_receive_offer(offer, local);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto d = proto::sdp::parse_description(answer->sdp);
  ASSERT_TRUE(d) << d.error().message;
  ASSERT_EQ(d->media.size(), 2u);
  EXPECT_EQ(d->media[0].setup, proto::sdp::Setup::active);
  EXPECT_EQ(d->media[1].direction, proto::sdp::Direction::recvonly);
  ASSERT_EQ(d->media[1].payloads.size(), 1u);
  EXPECT_EQ(d->media[1].payloads[0].type, 96);
  EXPECT_EQ(d->media[1].payloads[0].feedback, std::vector<std::string>{"nack pli"});
}

TEST(Description, an_offer_says_where_and_which_streams) {
  const auto answer = answer_receive_offer(offer, local);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(to_string(answer->remote.address), "192.0.2.1:40000");
  EXPECT_EQ(answer->remote.ice.ufrag, "server00");
  EXPECT_EQ(answer->remote.our_role, DtlsRole::client);
  ASSERT_EQ(answer->streams.size(), 2u);
  EXPECT_EQ(answer->streams[0].kind, MediaKind::audio);
  EXPECT_EQ(answer->streams[1].ssrc, Ssrc(12));
  EXPECT_EQ(answer->streams[1].mid, "1");
}

TEST(Description, what_sluice_rejects_is_said) {
  const PublishOffer publish{.codec = Codec::vp8, .audio_ssrc = 1, .video_ssrc = 2, .cname = "me"};
  auto answer = *proto::sdp::parse_description(write_publish_offer(publish, local));
  ASSERT_EQ(answer.media.size(), 2u);
  for (auto& m : answer.media) {
    m.direction = proto::sdp::Direction::recvonly;
    m.setup = proto::sdp::Setup::passive;
  }
  proto::Candidate candidate = proto::host_candidate({*parse_ip("192.0.2.1"), 40'000, 0}, 0, 0);
  candidate.priority = 1;
  answer.media[0].candidates.push_back(candidate);
  const auto read = read_publish_answer(proto::sdp::write_description(answer), publish);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->audio.payload_type, 111);
  EXPECT_NE(read->video.mid_id, 0);
  EXPECT_EQ(read->video.audio_level_id, 0);
  answer.media[1].port = 0;
  const auto refused = read_publish_answer(proto::sdp::write_description(answer), publish);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("VP8"), std::string::npos);
}

}  // namespace
}  // namespace sluice::loadgen
