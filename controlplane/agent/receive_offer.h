// The offer of a receive transport and what its answer means. No state, no I/O.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "common/proto/sdp/description.h"
#include "common/shm/endpoint.h"
#include "controlplane/agent/stream_pool.h"

namespace sluice::agent {

// Payload types of everything we offer, one class for all receivers, so that a packet is rewritten
// once for all of them.
constexpr uint8_t offered_type(Codec c) {
  switch (c) {
    case Codec::opus:
      return 111;
    case Codec::vp8:
      return 96;
    case Codec::vp9:
      return 98;
    case Codec::h264:
      return 102;
    case Codec::av1:
      return 45;
    case Codec::none:
      break;
  }
  return 0;
}

// An answer to a full pool: 512 m-lines of somewhat over a kilobyte each.
inline constexpr proto::sdp::Limits answer_limits{
    .bytes_max = 1024 * 1024, .media_max = 2 * pool_pairs_max, .lines_per_section_max = 512};

// What a receiver is asked to report of how packets arrive.
enum class Feedback : uint8_t {
  // Receiver reports, and REMB: browsers send it for video that carries no transport-wide number,
  // from its RTP timestamps if it carries no abs-send-time either.
  reports,
  // draft-holmer-rmcat-transport-wide-cc-extensions-01; REMB from those that do not know it.
  transport_wide,
};

// One sendonly m-line per stream, audio and video of a pair in turn. Without the transport of our
// side.
proto::sdp::Description offer_receive(const StreamPool& pool, std::span<const Codec> codecs,
                                      Feedback feedback);

struct ReceiveAnswer {
  std::vector<bool> taken;  // index: m-line
  std::array<shm::SendPayload, 8> send_payloads{};
  shm::ExtensionIds send_extensions;  // transport_cc: only if its feedback will come
  bool reduced_size_rtcp = false;
  std::vector<proto::sdp::Fingerprint> fingerprints;
  proto::sdp::Setup setup = proto::sdp::Setup::unspecified;
};

// Errors name the m-line.
Result<ReceiveAnswer> read_receive_answer(const proto::sdp::Description& offer,
                                          const proto::sdp::Description& answer);

}  // namespace sluice::agent
