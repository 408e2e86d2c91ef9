// Session descriptions: what real clients send is understood, what nobody should send is refused by
// its line.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/proto/sdp/description.h"
#include "common/proto/sdp/fragment.h"

namespace sluice::proto::sdp {
namespace {

std::string load(const std::string& name) {
  std::ifstream in(std::string(SLUICE_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Description parsed(const std::string& text) {
  auto d = parse_description(text);
  EXPECT_TRUE(d.ok()) << (d.ok() ? "" : d.error().message);
  return d.ok() ? std::move(d.value()) : Description{};
}

std::string fault_of(const std::string& text, const Limits& limits = {}) {
  auto d = parse_description(text, limits);
  return d.ok() ? "" : d.error().message;
}

const std::string head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const std::string video = head + "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n";

constexpr const char* files[] = {"chromium_audio_video.sdp",
                                 "chromium_simulcast.sdp",
                                 "chromium_simulcast_gathered.sdp",
                                 "chromium_svc_screen_data.sdp",
                                 "chromium_inactive_video.sdp",
                                 "chromium_sendrecv.sdp",
                                 "firefox_audio_video.sdp",
                                 "aiortc_audio_video.sdp",
                                 "chromium_receive_answer.sdp",
                                 "receive_offer_16.sdp",
                                 "no_bundle.sdp",
                                 "obs_h264.sdp",
                                 "gstreamer_play.sdp"};

TEST(Sdp, whatWasParsedIsWrittenAndParsedAgain) {
  for (const char* name : files) {
    const Description d = parsed(load(name));
    EXPECT_FALSE(d.media.empty()) << name;
    const std::string written = write_description(d);
    EXPECT_EQ(parsed(written), d) << name;
    EXPECT_EQ(write_description(parsed(written)), written) << name;
  }
}

TEST(Sdp, everyTruncatedLengthIsTakenOrRefused) {
  for (const char* name : files) {
    const std::string text = load(name);
    // Every length of a short description, and of a long one's first lines.
    const std::size_t length_max = std::min<std::size_t>(text.size(), 6'000);
    for (std::size_t n = 0; n <= length_max; ++n) {
      (void)parse_description(std::string_view(text).substr(0, n));
    }
  }
}

TEST(Sdp, chromiumSimulcastOffer) {
  const Description d = parsed(load("chromium_simulcast_gathered.sdp"));
  EXPECT_TRUE(d.extmap_allow_mixed);
  ASSERT_EQ(d.bundles.size(), 1u);
  EXPECT_EQ(d.bundles[0], (std::vector<std::string>{"0", "1"}));
  ASSERT_EQ(d.media.size(), 2u);
  const Media& v = d.media[1];
  EXPECT_EQ(v.kind, "video");
  EXPECT_EQ(v.direction, Direction::sendonly);
  EXPECT_EQ(v.setup, Setup::actpass);
  EXPECT_EQ(v.simulcast_send, (std::vector<std::string>{"q", "h", "f"}));
  ASSERT_EQ(v.rids.size(), 3u);
  EXPECT_TRUE(v.rids[0].send);
  ASSERT_EQ(v.fingerprints.size(), 1u);
  EXPECT_EQ(v.fingerprints[0].algorithm, "sha-256");
  EXPECT_EQ(v.fingerprints[0].digest.size(), 32u);
  EXPECT_TRUE(v.sources.empty());
  ASSERT_FALSE(v.candidates.empty());
  EXPECT_EQ(v.candidates[0].type, "host");
  ASSERT_FALSE(v.payloads.empty());
  EXPECT_EQ(v.payloads[0].name, "VP8");
  EXPECT_EQ(v.payloads[0].clock_rate, 90'000u);
  EXPECT_NE(v.find_extension("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"), nullptr);
  const Media& a = d.media[0];
  EXPECT_EQ(a.payloads[0].name, "opus");
  EXPECT_EQ(a.payloads[0].channels, 2u);
  EXPECT_EQ(fmtp_parameter(a.payloads[0].fmtp, "useinbandfec"), "1");
  ASSERT_EQ(a.msids.size(), 1u);
  ASSERT_EQ(a.sources.size(), 1u);
  EXPECT_FALSE(a.sources[0].cname.empty());
}

TEST(Sdp, dataChannelSectionKeepsItsFormat) {
  const Description d = parsed(load("chromium_svc_screen_data.sdp"));
  const Media& m = d.media.back();
  EXPECT_EQ(m.kind, "application");
  EXPECT_FALSE(m.is_rtp());
  EXPECT_EQ(m.formats, (std::vector<std::string>{"webrtc-datachannel"}));
}

TEST(Sdp, sessionLevelAttributesAreInherited) {
  const Description d = parsed(load("firefox_audio_video.sdp"));
  for (const Media& m : d.media) {
    ASSERT_EQ(m.fingerprints.size(), 1u);
    EXPECT_EQ(m.fingerprints[0].digest[0], 0x1D);
  }
  ASSERT_EQ(d.media[1].source_groups.size(), 1u);
  EXPECT_EQ(d.media[1].source_groups[0].semantics, "FID");
  EXPECT_EQ(d.media[1].source_groups[0].ssrcs, (std::vector<uint32_t>{1530426391, 3210944157}));
}

TEST(Sdp, wildcardFeedbackIsForEveryPayload) {
  const Description d = parsed(video + "a=rtcp-fb:* nack pli\r\n");
  for (const Payload& p : d.media[0].payloads) {
    EXPECT_EQ(p.feedback, (std::vector<std::string>{"nack pli"}));
  }
}

TEST(Sdp, ridsCarryTheirRestrictions) {
  const Description d =
      parsed(video + "a=rid:1 send pt=96;max-width=1280;max-height=720\r\na=rid:2 send\r\n" +
             "a=simulcast:send 1,2;~2 recv 3\r\n");
  ASSERT_EQ(d.media[0].rids.size(), 2u);
  EXPECT_EQ(d.media[0].rids[0].restrictions[1],
            (std::pair<std::string, std::string>{"max-width", "1280"}));
  EXPECT_EQ(d.media[0].simulcast_send, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(d.media[0].simulcast_recv, (std::vector<std::string>{"3"}));
}

TEST(Sdp, faultsNameTheirLine) {
  struct {
    std::string text;
    std::string fault;
  } const table[] = {
      {"", "no v="},
      {"v=1\r\n", "line 1"},
      {"v=0\r\nv=0\r\n", "line 2"},
      {"v=0\r\no=- x 2 IN IP4 0.0.0.0\r\n", "line 2: o="},
      {head + "q=1\r\n", "line 5: unknown"},
      {head + "hello\r\n", "line 5: not of the form"},
      {head + "m=video\r\n", "line 5: m="},
      {head + "m=video 70000 UDP/TLS/RTP/SAVPF 96\r\n", "line 5: m="},
      {head + "m=video 9 UDP/TLS/RTP/SAVPF\r\n", "line 5: m=: no formats"},
      {head + "m=video 9 UDP/TLS/RTP/SAVPF 128\r\n", "line 5: m=: payload type"},
      {head + "m=video 9 UDP/TLS/RTP/SAVPF 96 96\r\n", "twice"},
      {video + "a=rtpmap:96 VP8\r\n", "line 6: a=rtpmap"},
      {video + "a=rtpmap:96 VP8/0\r\n", "a=rtpmap"},
      {video + "a=rtpmap:300 VP8/90000\r\n", "a=rtpmap"},
      {video + "a=extmap:0 urn:x\r\n", "a=extmap"},
      {video + "a=extmap:1/up urn:x\r\n", "a=extmap"},
      {video + "a=extmap:1\r\n", "a=extmap"},
      {video + "a=setup:maybe\r\n", "a=setup"},
      {video + "a=fingerprint:sha-256 1:2\r\n", "a=fingerprint"},
      {video + "a=fingerprint:sha-256\r\n", "a=fingerprint"},
      {video + "a=ice-ufrag:ab\r\n", "a=ice-ufrag"},
      {video + "a=ice-pwd:short\r\n", "a=ice-pwd"},
      {video + "a=mid:\r\n", "a=mid"},
      {video + "a=mid:a b\r\n", "a=mid"},
      {video + "a=rid:1 both\r\n", "a=rid"},
      {video + "a=simulcast:send\r\n", "a=simulcast"},
      {video + "a=simulcast:send 1 send 2\r\n", "a=simulcast"},
      {video + "a=ssrc:-1 cname:x\r\n", "a=ssrc"},
      {video + "a=ssrc-group:FID\r\n", "a=ssrc-group"},
      {video + "a=fmtp\r\n", "a=fmtp"},
      {video + std::string("a=mid:a\0b\r\n", 11), "control character"},
  };
  for (const auto& row : table) {
    const std::string fault = fault_of(row.text);
    EXPECT_NE(fault.find(row.fault), std::string::npos) << row.text << " -> " << fault;
  }
}

TEST(Sdp, whatIsTooLargeIsRefused) {
  std::string many = head;
  for (int i = 0; i < 65; ++i) many += "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
  EXPECT_NE(fault_of(many).find("too many m-lines"), std::string::npos);
  std::string lines = video;
  for (int i = 0; i < 600; ++i) lines += "a=x:y\r\n";
  EXPECT_NE(fault_of(lines).find("too many lines"), std::string::npos);
  EXPECT_NE(fault_of(std::string(70'000, 'x')).find("larger than"), std::string::npos);
  std::string feedback = video;
  for (int i = 0; i < 40; ++i) feedback += "a=rtcp-fb:* x" + std::to_string(i) + "\r\n";
  EXPECT_NE(fault_of(feedback).find("a=rtcp-fb"), std::string::npos);
}

TEST(Sdp, fragmentsHoldCandidatesAndTheirCredentials) {
  // RFC 8840 s9.
  const auto f = parse_fragment(
      "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=ice-ufrag:8hhY\r\n"
      "a=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"
      "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:1\na=ice-ufrag:8hhY\n"
      "a=ice-pwd:asd88fgpdd777uzjYhagZg\n"
      "a=candidate:2 1 udp 1694498815 198.51.100.1 6000 typ srflx raddr 0.0.0.0 rport 0\n");
  ASSERT_TRUE(f.ok());
  EXPECT_EQ(f->ice_ufrag, "8hhY");
  EXPECT_EQ(f->ice_pwd, "asd88fgpdd777uzjYhagZg");
  ASSERT_EQ(f->candidates.size(), 2U);
  EXPECT_EQ(f->candidates[1].port, 6000);
  EXPECT_TRUE(f->end_of_candidates);
  EXPECT_TRUE(parse_fragment("").ok());
}

TEST(Sdp, faultyFragmentsAreRefused) {
  const auto fault_of_fragment = [](std::string_view text) {
    const auto f = parse_fragment(text);
    return f.ok() ? std::string() : f.error().message;
  };
  EXPECT_EQ(fault_of_fragment("a=mid:0\nhello\n"), "line 2: not of the form <type>=<value>");
  EXPECT_EQ(fault_of_fragment("a=ice-ufrag:x\n"), "line 1: a=ice-ufrag: malformed");
  EXPECT_EQ(fault_of_fragment("a=ice-ufrag:8hhY\n"), "a=ice-ufrag and a=ice-pwd go together");
  EXPECT_NE(fault_of_fragment(std::string(70'000, 'x')).find("larger than"), std::string::npos);
}

TEST(Sdp, aFragmentOfADescriptionIsItsTransport) {
  Description d = parsed(load("aiortc_audio_video.sdp"));
  d.media[0].port = 0;  // rejected: the next one speaks for the transport
  const auto f = parse_fragment(write_fragment(d));
  ASSERT_TRUE(f.ok());
  EXPECT_EQ(f->ice_ufrag, d.media[1].ice_ufrag);
  EXPECT_EQ(f->ice_pwd, d.media[1].ice_pwd);
  EXPECT_EQ(f->candidates, d.media[1].candidates);
  EXPECT_TRUE(f->end_of_candidates);
  EXPECT_EQ(write_fragment(Description{}), "");
}

}  // namespace
}  // namespace sluice::proto::sdp
