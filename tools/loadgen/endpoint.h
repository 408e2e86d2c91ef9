// One transport as the poll loop sees it: ICE, and the media of a publisher or an attendee once
// there are keys.
#pragma once

#include <memory>

#include "tools/loadgen/media_command.h"

namespace sluice::loadgen {

struct Endpoint {
  Endpoint(const SocketAddress& local, const OpenEndpoint& c, uint64_t seed)
      : route{local, c.remote, {}}, ice(c.local_credentials, c.remote_credentials, seed) {}

  TimeNs due() const {
    TimeNs at = ice.due();
    if (publisher) at = std::min(at, publisher->due());
    if (attendee) at = std::min(at, attendee->due());
    return at;
  }

  Route route;
  IceClient ice;
  bool lost_told = false;  // that consent has expired
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<Attendee> attendee;
};

}  // namespace sluice::loadgen
