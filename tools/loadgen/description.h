// The session descriptions a client makes and reads (RFC 8829): the publish offer and its answer,
// the receive offer and its answer. No state, no I/O.
#pragma once

#include <string>
#include <vector>

#include "common/proto/sdp/description.h"
#include "tools/loadgen/attendee.h"
#include "tools/loadgen/dtls_client.h"
#include "tools/loadgen/ice_client.h"
#include "tools/loadgen/rtp_source.h"

namespace sluice::loadgen {

// mids of the publish offer.
inline constexpr const char* audio_mid = "0";
inline constexpr const char* video_mid = "1";

struct LocalTransport {
  IceCredentials ice;
  proto::sdp::Fingerprint fingerprint;
};

// What a description of Sluice says of its side.
struct RemoteTransport {
  IceCredentials ice;
  SocketAddress address;  // the first IPv4 candidate
  std::vector<proto::sdp::Fingerprint> fingerprints;
  DtlsRole our_role = DtlsRole::client;
};

struct PublishOffer {
  Codec codec = Codec::vp8;
  uint32_t audio_ssrc = 0;
  uint32_t video_ssrc = 0;
  std::string cname;
};
std::string write_publish_offer(const PublishOffer& offer, const LocalTransport& local);

struct PublishAnswer {
  RemoteTransport remote;
  RtpTerms audio;
  RtpTerms video;
};
Result<PublishAnswer> read_publish_answer(const std::string& sdp, const PublishOffer& offer);

struct ReceiveAnswer {
  RemoteTransport remote;
  std::vector<OfferedStream> streams;
  std::string sdp;  // of our answer
};
Result<ReceiveAnswer> answer_receive_offer(const std::string& sdp, const LocalTransport& local);

}  // namespace sluice::loadgen
