// Answers the offer of a publish transport: what of it Sluice takes, and what the tables must say
// then. No state, no I/O.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/proto/sdp/description.h"
#include "common/shm/endpoint.h"
#include "common/shm/track.h"
#include "controlplane/agent/offer_line.h"

namespace sluice::agent {

// What one m-line brings.
struct PublishedTrack {
  std::string mid;
  MediaKind kind = MediaKind::none;
  std::vector<shm::EncodingRecord> encodings;  // lowest quality first
};

struct PublishAnswer : RemoteTransport {
  // Without the transport of our side: ICE, DTLS and candidates are the endpoint's to fill in, in
  // accepted m-lines.
  proto::sdp::Description description;
  std::vector<PublishedTrack> tracks;
  std::array<shm::RecvPayload, shm::recv_payloads_max> recv_payloads{};
  shm::ExtensionIds recv_extensions;
  bool transport_feedback = false;
  bool reduced_size_rtcp = false;
};

// `allowed`: the room's codecs, preferred first. `named_mids`: those the conference knows a source
// for. Errors name the m-line: nothing of the offer is taken then.
Result<PublishAnswer> answer_publish(const proto::sdp::Description& offer,
                                     std::span<const Codec> allowed,
                                     const std::set<std::string>& named_mids);

// "m-line 1 (video, mid 1)", for reasons.
std::string name_of_line(const proto::sdp::Description& d, std::size_t index);

// The offered rids, lowest quality first:
//   1. by max-width x max-height or max-fs, when every rid has one and all differ;
//   2. by name, when every name is one of a known ladder (q h f, l m h, low mid high, ...);
//   3. else in the offered order: with default scaling the first encoding of a browser is its
//   smallest (WebRTC 1.0 s5.2,
//      scaleResolutionDownBy = 2 to the power of what follows).
std::vector<std::string> order_rids(const proto::sdp::Media& m);

}  // namespace sluice::agent
