// Answers the offer of a client that asks to receive (WHEP): what Sluice sends it, in which m-lines
// and in the client's own numbers. No state, no I/O.
#pragma once

#include <array>
#include <optional>

#include "common/shm/negotiation.h"
#include "controlplane/agent/offer_line.h"
#include "controlplane/agent/stream_pool.h"

namespace sluice::agent {

struct PlayAnswer : RemoteTransport {
  // Without the transport of our side and without streams (name_streams): both are the endpoint's.
  proto::sdp::Description description;
  // The m-lines that are fed, if any: the first of each kind that receives.
  std::optional<std::size_t> audio_line, video_line;
  std::array<shm::SendPayload, 8> send_payloads{};  // index: Codec
  shm::ExtensionIds send_extensions;                // transport_cc: only if its feedback will come
  bool reduced_size_rtcp = false;
};

// `transport_wide`: take the offer's transport-wide feedback, if it has it. Errors name the m-line:
// nothing of the offer is taken then.
Result<PlayAnswer> answer_play(const proto::sdp::Description& offer, bool transport_wide);

// Says in the fed m-lines which streams come.
void name_streams(PlayAnswer& answer, const PoolPair& pair);

}  // namespace sluice::agent
