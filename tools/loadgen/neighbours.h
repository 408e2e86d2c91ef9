// Who answers to which MAC address on the link (ARP, RFC 826): asks for the next hops that are
// needed, answers for our own addresses.
#pragma once

#include <vector>

#include "common/base/time.h"
#include "common/wire/arp.h"
#include "tools/loadgen/local_addresses.h"
#include "tools/loadgen/outbox.h"

namespace sluice::loadgen {

class Neighbours {
 public:
  // `gateway`: of family 0 when there is none.
  Neighbours(const LocalAddresses& local, const IpAddress& gateway, const wire::MacAddress& mac)
      : local_(local), gateway_(gateway), mac_(mac) {}

  // The MAC to hand a datagram for `remote` to; null while unknown (it is then asked for), or when
  // `remote` is off the link and there is no gateway. Valid until the next call.
  const wire::MacAddress* next_hop(const IpAddress& remote, TimeNs now, Outbox& out);
  void on_frame(wire::ByteView arp_packet, TimeNs now, Outbox& out);

 private:
  struct Entry {
    IpAddress ip;
    wire::MacAddress mac;
    bool resolved = false;
    TimeNs ask_due = 0;
  };
  void ask(Entry& e, TimeNs now, Outbox& out);
  void say(wire::ArpOperation operation, const IpAddress& from, const wire::MacAddress& to_mac,
           const IpAddress& to, Outbox& out) const;

  const LocalAddresses& local_;
  IpAddress gateway_;
  wire::MacAddress mac_;
  std::vector<Entry> entries_;  // a handful: media nodes on the link, or one gateway
};

}  // namespace sluice::loadgen
