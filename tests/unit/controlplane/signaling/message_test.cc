// Untrusted text to typed messages; what is refused names its member.
#include <gtest/gtest.h>

#include "controlplane/signaling/client_message.h"
#include "tests/unit/controlplane/signaling/samples.h"

namespace sluice::signaling {
namespace {

TEST(ClientMessages, EverySampleIsTaken) {
  for (const std::string& sample : client_samples()) {
    const auto message = parse_client_message(sample);
    EXPECT_TRUE(message.ok()) << sample << ": " << message.error().message;
  }
}

TEST(ClientMessages, HoldWhatWasSaid) {
  const auto offer = parse_client_message(client_samples()[2]);
  ASSERT_TRUE(offer.ok());
  const auto& publish = std::get<PublishOffer>(*offer);
  EXPECT_EQ(publish.negotiation, 1U);
  EXPECT_EQ(publish.sources.at("1"), Source::camera);
  const auto view = parse_client_message(client_samples()[10]);
  ASSERT_TRUE(view.ok());
  const auto& tiles = std::get<View>(*view).tiles;
  ASSERT_EQ(tiles.size(), 2U);
  EXPECT_EQ(tiles[0].encoding_cap, 0);
  EXPECT_EQ(tiles[1].encoding_cap, encoding_cap_all);
  EXPECT_EQ(tiles[1].source, Source::screen);
}

struct Refusal {
  const char* text;
  const char* fault_begins;
  const char* in_reply_to;
};

TEST(ClientMessages, AFaultNamesTheMember) {
  const Refusal refusals[] = {
      {"", "not JSON", ""},
      {"[]", "not a JSON object", ""},
      {"{}", "type: is missing", ""},
      {R"({"type":7})", "type: must be text", ""},
      {R"({"type":"dance"})", "type: no such message", ""},
      {R"({"type":"hello","version":2,"decode":[]})", "version: ", "hello"},
      {R"({"type":"hello","version":1,"decode":[1]})", "decode.0: ", "hello"},
      {R"({"type":"publish_offer","negotiation":0,"sdp":"x","sources":{}})",
       "negotiation: ", "publish_offer"},
      {R"({"type":"publish_offer","negotiation":1,"sdp":"x","sources":{"0":"hologram"}})",
       "sources.0: must be one of microphone, camera, screen, screen_audio", "publish_offer"},
      {R"({"type":"view","tiles":[{"participant_id":"a","source":"camera"},{"source":"camera"}]})",
       "tiles.1.participant_id: is missing", "view"},
      {R"({"type":"view","tiles":[{"participant_id":"a","source":"camera","encoding_cap":256}]})",
       "tiles.0.encoding_cap: ", "view"},
      {R"({"type":"view","tiles":[3]})", "tiles.0: must be an object", "view"},
      {R"({"type":"mute","source":"camera","muted":"yes"})", "muted: ", "mute"},
      {R"({"type":"chat","text":""})", "text: ", "chat"},
  };
  for (const Refusal& r : refusals) {
    const auto message = parse_client_message(r.text);
    ASSERT_FALSE(message.ok()) << r.text;
    EXPECT_TRUE(message.error().message.starts_with(r.fault_begins))
        << r.text << ": " << message.error().message;
    EXPECT_EQ(message.error().in_reply_to, r.in_reply_to);
  }
}

TEST(ClientMessages, DepthAndSizeAreBounded) {
  const std::string deep(1'000, '[');
  EXPECT_FALSE(parse_client_message(R"({"type":"leave","x":)" + deep).ok());
  std::string nested = R"({"type":"leave","x":)";
  for (int i = 0; i < 8; ++i) nested += '[';
  for (int i = 0; i < 8; ++i) nested += ']';
  EXPECT_EQ(parse_client_message(nested + "}").error().message, "nested deeper than 8 levels");
  // Brackets inside text are text.
  EXPECT_TRUE(parse_client_message(R"({"type":"chat","text":"[[[[[[[[[[\"[[[[{{"})").ok());
  const std::string long_text(message_bytes_max, 'x');
  EXPECT_FALSE(parse_client_message(R"({"type":"leave","x":")" + long_text + "\"}").ok());
}

TEST(ClientMessages, TruncatedAndChangedSamplesNeverCrash) {
  for (const std::string& sample : client_samples()) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      EXPECT_FALSE(parse_client_message(sample.substr(0, i)).ok());
      for (const char c : {'\0', '"', '{', '\\', '\x80', '9'}) {
        std::string changed = sample;
        changed[i] = c;
        (void)parse_client_message(changed);
      }
    }
  }
}

TEST(ServerMessages, TimeIsRfc3339) {
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace sluice::signaling
