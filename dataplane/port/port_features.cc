#include "dataplane/port/port_features.h"

#include <algorithm>
#include <string>

namespace sluice::dataplane {
namespace {

using shm::DoneBy;
using shm::PortFeature;
using shm::PortInfo;

void set(PortInfo& info, PortFeature feature, DoneBy by, const std::string& why) {
  info.feature(feature) = {by, shm::Text<96>(why)};
}

bool has(const Attachment& attachment, uint8_t family) {
  return std::ranges::any_of(attachment.addresses,
                             [&](const auto& a) { return a.ip.family == family; });
}

void describe_hash(PortInfo& info, const DeviceUse& use) {
  const auto put = [&](DoneBy by, const std::string& why) { set(info, PortFeature::rss, by, why); };
  if (use.hashes) {
    put(DoneBy::hardware,
        "UDP without a flow rule is spread over " + std::to_string(info.rx_queues) + " queues");
  } else if (info.tx_queues == 1) {
    put(DoneBy::none_needed, "one worker");
  } else if (info.rx_queues == 1) {
    put(DoneBy::off, "the device has one receive queue");
  } else {
    put(DoneBy::off, use.can_hash ? "the device refused it" : "the device does not hash UDP");
  }
}

}  // namespace

void describe_offloads(PortInfo& info, const Attachment& attachment, const DeviceUse& use) {
  describe_hash(info, use);
  const bool v4 = has(attachment, 4), v6 = has(attachment, 6);
  if (!v4) {
    for (const auto f : {PortFeature::rx_ipv4_checksum, PortFeature::tx_ipv4_checksum,
                         PortFeature::tx_udp4_checksum}) {
      set(info, f, DoneBy::none_needed, "no IPv4 address");
    }
  } else {
    set(info, PortFeature::rx_ipv4_checksum, use.rx_ipv4_checksum ? DoneBy::hardware : DoneBy::off,
        use.rx_ipv4_checksum ? "bad ones are dropped as drop_malformed_ip"
                             : "the device does not offer it; what matters is authenticated");
    set(info, PortFeature::tx_ipv4_checksum, DoneBy::software,
        "five additions to the sum of a prepared header");
    set(info, PortFeature::tx_udp4_checksum,
        use.udp_checksum ? DoneBy::hardware : DoneBy::none_needed,
        use.udp_checksum ? "the port goes on from the pseudo header's sum"
                         : "the device does not offer it; 0 is sent (RFC 768)");
  }
  if (!v6) {
    set(info, PortFeature::tx_udp6_checksum, DoneBy::none_needed, "no IPv6 address");
  } else {
    set(info, PortFeature::tx_udp6_checksum, use.udp_checksum ? DoneBy::hardware : DoneBy::software,
        use.udp_checksum ? "the port goes on from the pseudo header's sum"
                         : "the device does not offer it; RFC 8200 asks for one");
  }
  set(info, PortFeature::fast_free, use.fast_free ? DoneBy::hardware : DoneBy::off,
      use.fast_free ? "sent buffers go back to one pool, without a look at them"
                    : "the device does not offer it");
}

void describe_frames(PortInfo& info, const Attachment& attachment) {
  set(info, PortFeature::vlan_tag, attachment.vlan != 0 ? DoneBy::software : DoneBy::none_needed,
      attachment.vlan != 0 ? "part of a prepared header; other tags are not ours" : "untagged");
  const config::Dscp& d = attachment.dscp;
  info.dscp = {d.control, d.audio, d.video};
  const bool marks = d.control != 0 || d.audio != 0 || d.video != 0;
  set(info, PortFeature::dscp, marks ? DoneBy::software : DoneBy::off,
      marks ? "audio " + std::to_string(d.audio) + ", video " + std::to_string(d.video) +
                  ", control " + std::to_string(d.control)
            : "dscp is 0 in the configuration");
}

void describe_steering(PortInfo& info, uint32_t workers, const Steering& steering) {
  info.flow_rules = steering.rules;
  const auto put = [&](DoneBy by, const std::string& why) {
    set(info, PortFeature::flow_rules, by, why);
  };
  if (workers == 1) {
    put(DoneBy::none_needed, "one worker");
  } else if (steering.rules != 0) {
    put(DoneBy::hardware, std::to_string(steering.rules) + " rules: UDP port " +
                              std::to_string(info.worker_udp_port[0]) + " + i to queue i");
  } else if (info.rx_queues < workers) {
    put(DoneBy::software, "fewer receive queues than workers: packets are passed home");
  } else {
    put(DoneBy::software, "packets are passed home; the device: " + steering.refusal);
  }
}

}  // namespace sluice::dataplane
