// A 5-tuple as the region remembers it.
#pragma once

#include "common/shm/endpoint.h"
#include "dataplane/packet.h"

namespace sluice::dataplane {

inline shm::RemoteAddress address_of(const Flow& f) {
  shm::RemoteAddress a;
  a.ip = f.remote_ip;
  a.port = f.remote_port;
  a.local_port = f.local_port;
  a.family = f.family;
  a.local_device = f.port;
  a.local_address = f.local_address;
  return a;
}

inline Flow flow_of(const shm::RemoteAddress& a) {
  Flow f;
  f.remote_ip = a.ip;
  f.remote_port = a.port;
  f.local_port = a.local_port;
  f.family = a.family;
  f.port = a.local_device;
  f.local_address = a.local_address;
  return f;
}

}  // namespace sluice::dataplane
