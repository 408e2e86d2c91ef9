// What every m-line of a client's offer must be, whichever way its media goes.
#pragma once

#include <string>
#include <vector>

#include "common/base/codec.h"
#include "common/proto/sdp/description.h"

namespace sluice::agent {

// The remote side's transport: that of the first m-line that is taken (RFC 9143 s7.1.3).
struct RemoteTransport {
  std::string ice_ufrag, ice_pwd;
  std::vector<proto::sdp::Fingerprint> fingerprints;
  proto::sdp::Setup setup = proto::sdp::Setup::unspecified;

  // Nothing changes once something was taken.
  void take(const proto::sdp::Media& m);
};

MediaKind kind_of_line(const proto::sdp::Media& m);

// Empty, or why an m-line that is not rejected cannot be taken: mid, BUNDLE, rtcp-mux, DTLS-SRTP.
std::string fault_of_line(const proto::sdp::Description& offer, std::size_t index);

// RFC 3264 s6: port zero; formats must be there and mean nothing.
proto::sdp::Media refused_line(const proto::sdp::Media& offered);

}  // namespace sluice::agent
