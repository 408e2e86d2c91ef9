// What the signaling side asks of the poll loop, in order. An endpoint is the one transport of a
// participant; its number is the participant's.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tools/loadgen/attendee.h"
#include "tools/loadgen/ice_client.h"
#include "tools/loadgen/publisher.h"

namespace sluice::loadgen {

struct OpenEndpoint {
  uint32_t endpoint;
  SocketAddress remote;
  IceCredentials local_credentials;
  IceCredentials remote_credentials;
};
struct SendDtls {
  uint32_t endpoint;
  std::vector<std::vector<uint8_t>> datagrams;
};
// Whose media a CSRC is; before any attendee can receive it.
struct NameSource {
  uint32_t csrc;
  SourceName name;
};
struct StartPublisher {
  uint32_t endpoint;
  SrtpKeys keys;
  PublishTerms terms;
};
struct StartAttendee {
  uint32_t endpoint;
  SrtpKeys keys;
  std::string cname;
  std::vector<OfferedStream> streams;
  bool is_sampled;
};
// The pool of streams has grown.
struct OfferStreams {
  uint32_t endpoint;
  std::vector<OfferedStream> streams;
};
// A source is about to show on the stream of this mid.
struct AwaitStream {
  uint32_t endpoint;
  std::string mid;
};
struct StopPublishing {};
struct EndLoop {};

using MediaCommand = std::variant<OpenEndpoint, SendDtls, NameSource, StartPublisher, StartAttendee,
                                  OfferStreams, AwaitStream, StopPublishing, EndLoop>;

}  // namespace sluice::loadgen
