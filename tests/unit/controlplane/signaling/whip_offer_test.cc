// What is read out of the offers of clients that speak HTTP.
#include "controlplane/signaling/whip_offer.h"

#include <gtest/gtest.h>

namespace sluice::signaling {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;

Description offer_of(const std::vector<std::pair<const char*, Direction>>& lines) {
  Description d;
  for (const auto& [kind, direction] : lines) {
    proto::sdp::Media& m = d.media.emplace_back();
    m.kind = kind;
    m.mid = "m" + std::to_string(d.media.size());
    m.direction = direction;
  }
  return d;
}

TEST(WhipOffer, TheFirstOfAKindIsACameraTheSecondAScreen) {
  const auto sources = sources_of(offer_of({{"video", Direction::sendonly},
                                            {"application", Direction::sendrecv},
                                            {"audio", Direction::sendrecv},
                                            {"video", Direction::recvonly},
                                            {"video", Direction::sendonly},
                                            {"audio", Direction::sendonly}}));
  ASSERT_TRUE(sources.ok());
  const std::map<std::string, Source> expected = {{"m1", Source::camera},
                                                  {"m3", Source::microphone},
                                                  {"m5", Source::screen},
                                                  {"m6", Source::screen_audio}};
  EXPECT_EQ(*sources, expected);
}

TEST(WhipOffer, NothingAndTooMuchAreRefused) {
  EXPECT_EQ(sources_of(offer_of({{"audio", Direction::recvonly}})).error().message,
            "the offer sends neither audio nor video");
  EXPECT_EQ(sources_of(offer_of({{"video", Direction::sendonly},
                                 {"video", Direction::sendonly},
                                 {"video", Direction::sendonly}}))
                .error()
                .message,
            "more than two m-lines send video");
}

TEST(WhipOffer, WhatReceivesSaysWhatItDecodes) {
  Description d = offer_of({{"audio", Direction::recvonly},
                            {"video", Direction::sendonly},
                            {"video", Direction::recvonly},
                            {"video", Direction::sendrecv}});
  const char* const names[] = {"opus", "AV1", "H264", "VP8"};
  for (std::size_t i = 0; i < d.media.size(); ++i)
    d.media[i].payloads.emplace_back().name = names[i];
  d.media[3].payloads.push_back(d.media[2].payloads[0]);
  EXPECT_EQ(*decodable_of(d), (std::vector<std::string>{"opus", "H264", "VP8"}));
  EXPECT_EQ(decodable_of(offer_of({{"video", Direction::sendonly}})).error().message,
            "the offer receives neither audio nor video");
}

TEST(WhipOffer, ARestartChangesTheCredentialsOfEverySectionAndNothingElse) {
  EXPECT_EQ(with_credentials("a=ice-ufrag:old\r\nm=audio 9 x 0\na=ice-pwd:old\r\na=mid:0\r\n"
                             "m=video 9 x 0\r\na=ice-ufrag:old2\r\na=ice-pwd:old2",
                             "new", "secret"),
            "a=ice-ufrag:new\r\nm=audio 9 x 0\r\na=ice-pwd:secret\r\na=mid:0\r\n"
            "m=video 9 x 0\r\na=ice-ufrag:new\r\na=ice-pwd:secret\r\n");
}

}  // namespace
}  // namespace sluice::signaling
