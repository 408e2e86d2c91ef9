// Stage classify: frames of one burst in, datagrams for this worker out, by protocol.
//
// Every frame is counted once here (a named drop, not_ours, answered, handed over) or travels on in
// `Classified`. UDP checksums are not verified: local senders leave them to offload, and SRTP
// authenticates. Nor are IPv4 header checksums in software: every router on the way has verified
// them, and a wrong address or length is caught by the checks here or by the tag. A port that
// verifies them in hardware is believed.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/time.h"
#include "common/shm/counters.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/packet.h"
#include "dataplane/rx.h"

namespace sluice::dataplane {

class Handover;
class Neighbours;
class Port;

class Classifier {
 public:
  Classifier(std::span<Port* const> ports, const Handover& handover, Neighbours& neighbours,
             uint32_t worker, shm::Counters& counters);

  // Takes every mbuf of `in`: freed, handed over, or in exactly one list of `out`, which starts
  // empty.
  void classify(RxBatch& in, TimeNs now, Classified& out);

 private:
  enum class Fate : uint8_t {
    done,  // counted; the mbuf is to be freed
    kept,  // in a list or handed over
  };
  Fate classify_frame(rte_mbuf* m, TimeNs now, Classified& out);
  Fate classify_ipv4(Port& port, const wire::EthernetView& frame, rte_mbuf* m, Classified& out);
  Fate classify_ipv6(Port& port, const wire::EthernetView& frame, rte_mbuf* m, TimeNs now,
                     Classified& out);
  Fate classify_udp(Port& port, Packet& p, wire::ByteView ip_payload, Classified& out);
  Fate classify_icmp(Port& port, const wire::EthernetView& frame, const wire::Ipv4View& ip,
                     rte_mbuf* m, Classified& out);
  Fate classify_icmpv6(Port& port, const wire::EthernetView& frame, const wire::Ipv6View& ip,
                       rte_mbuf* m, TimeNs now, Classified& out);
  Fate on_path_mtu(Port& port, const wire::PathMtu& report, rte_mbuf* m, Classified& out);
  Fate pass_home(uint32_t home, rte_mbuf* m);
  Fate count(shm::Counter c);
  // Passed on once by its UDP port, never twice: who passed it may know better.
  bool is_at_home(uint32_t home) const { return home == worker_ || passed_; }
  bool is_our_udp_port(const Port& port, wire::ByteView ip, std::size_t header_length) const;

  std::span<Port* const> ports_;
  const Handover& handover_;
  Neighbours& neighbours_;
  uint32_t worker_;
  shm::Counters& counters_;
  bool passed_ = false;  // the frame at hand came from another worker
};

}  // namespace sluice::dataplane
