#include "controlplane/agent/receive_offer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/extensions.h"

namespace sluice::agent {
namespace {

using proto::sdp::Description;
using proto::sdp::Direction;
using proto::sdp::Media;

constexpr std::string_view transport_cc_uri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

Description offer_of(Feedback feedback) {
  StreamPool pool;
  pool.add();
  pool.add();
  return offer_receive(pool, codecs_of({}), feedback);
}

bool asks(const Media& m, const std::string& feedback) {
  return !m.payloads.empty() && std::ranges::all_of(m.payloads, [&](const auto& p) {
    return std::ranges::find(p.feedback, feedback) != p.feedback.end();
  });
}

// Everything is taken, over one transport.
Description answer_to(const Description& offer) {
  Description answer = offer;
  for (Media& m : answer.media) {
    m.direction = Direction::recvonly;
    m.fingerprints = {{}};
  }
  return answer;
}

void take_back(Media& m, std::string_view uri) {
  std::erase_if(m.extensions, [&](const auto& e) { return e.uri == uri; });
}

uint8_t agreed(const Description& offer, const Description& answer) {
  const auto read = read_receive_answer(offer, answer);
  EXPECT_TRUE(read.ok()) << read.error().message;
  return read.ok() ? read->send_extensions.transport_cc : 0;
}

TEST(ReceiveOffer, OfReportsAsksForTheReceiversOwnEstimate) {
  for (const Media& m : offer_of(Feedback::reports).media) {
    EXPECT_EQ(m.find_extension(transport_cc_uri), nullptr);
    EXPECT_FALSE(asks(m, "transport-cc"));
    EXPECT_EQ(asks(m, "goog-remb"), m.kind == "video");
  }
}

TEST(ReceiveOffer, OfTransportWideFeedbackNumbersEveryLineAlike) {
  for (const Media& m : offer_of(Feedback::transport_wide).media) {
    const auto* extension = m.find_extension(transport_cc_uri);
    ASSERT_NE(extension, nullptr);
    EXPECT_EQ(extension->id, transport_cc_id);
    EXPECT_TRUE(asks(m, "transport-cc"));
    EXPECT_EQ(asks(m, "goog-remb"), m.kind == "video") << "for who does not know the other";
  }
}

TEST(ReceiveOffer, NumbersAreSentToWhoTakesThemOnEveryLine) {
  const Description offer = offer_of(Feedback::transport_wide);
  EXPECT_EQ(agreed(offer, answer_to(offer)), transport_cc_id);

  Description only_video = answer_to(offer);
  for (Media& m : only_video.media) {
    if (m.kind == "audio") take_back(m, transport_cc_uri);
  }
  EXPECT_EQ(agreed(offer, only_video), 0) << "its feedback would call every audio packet lost";

  Description silent = answer_to(offer);
  for (auto& p : silent.media[1].payloads) p.feedback = {"nack pli"};
  EXPECT_EQ(agreed(offer, silent), 0) << "nobody would read the numbers";

  Description declined = answer_to(offer);
  take_back(declined.media[0], transport_cc_uri);
  declined.media[0].port = 0;
  EXPECT_EQ(agreed(offer, declined), transport_cc_id) << "a refused line says nothing";
}

TEST(ReceiveOffer, NumbersThatWereNotOfferedAreNotSent) {
  const Description offer = offer_of(Feedback::reports);
  Description answer = answer_to(offer);
  EXPECT_EQ(agreed(offer, answer), 0);
  for (Media& m : answer.media) {
    m.extensions.push_back(
        {transport_cc_id, Direction::unspecified, std::string(transport_cc_uri)});
    for (auto& p : m.payloads) p.feedback.emplace_back("transport-cc");
  }
  EXPECT_EQ(agreed(offer, answer), 0);
}

}  // namespace
}  // namespace sluice::agent
