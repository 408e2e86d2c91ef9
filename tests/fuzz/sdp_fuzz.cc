// Whatever a client calls SDP: refused with a reason, or read, written and read again as the same,
// and answered with records that the tables take.
#include <string>

#include "common/base/assert.h"
#include "common/proto/sdp/fragment.h"
#include "common/shm/validate.h"
#include "controlplane/agent/codec_match.h"
#include "controlplane/agent/play_answer.h"
#include "controlplane/agent/publish_answer.h"
#include "controlplane/agent/receive_offer.h"

namespace {

using namespace sluice;

const proto::sdp::Description& our_offer() {
  static const proto::sdp::Description offer = [] {
    agent::StreamPool pool;
    for (int i = 0; i < 16; ++i) pool.add();
    return agent::offer_receive(pool, agent::codecs_of({}), agent::Feedback::transport_wide);
  }();
  return offer;
}

void check(const agent::PublishAnswer& a) {
  shm::NegotiationRecord r;
  r.recv_payloads = a.recv_payloads;
  r.recv_extensions = a.recv_extensions;
  SLUICE_ASSERT(shm::validate(r).empty());
  for (const agent::PublishedTrack& t : a.tracks) {
    SLUICE_ASSERT(!t.encodings.empty() && t.encodings.size() <= shm::encodings_max);
  }
  SLUICE_ASSERT(proto::sdp::parse_description(proto::sdp::write_description(a.description)).ok());
}

void check(const agent::PlayAnswer& a) {
  shm::NegotiationRecord r;
  r.send_payloads = a.send_payloads;
  r.send_extensions = a.send_extensions;
  SLUICE_ASSERT(shm::validate(r).empty());
  SLUICE_ASSERT(proto::sdp::parse_description(proto::sdp::write_description(a.description)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto f = proto::sdp::parse_fragment(text); f.ok()) {
    SLUICE_ASSERT(f->ice_ufrag.empty() == f->ice_pwd.empty());
  }
  const auto d = proto::sdp::parse_description(text);
  if (!d.ok()) {
    SLUICE_ASSERT(!d.error().message.empty());
    return 0;
  }
  const std::string written = proto::sdp::write_description(*d);
  const auto again = proto::sdp::parse_description(written, agent::answer_limits);
  SLUICE_ASSERT(again.ok() && *again == *d);
  if (const auto answer = agent::answer_publish(*d, agent::codecs_of({}), {}); answer.ok()) {
    check(*answer);
  }
  if (const auto answer = agent::answer_play(*d, true); answer.ok()) check(*answer);
  (void)agent::read_receive_answer(our_offer(), *d);
  return 0;
}
