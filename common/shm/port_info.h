// What a port reports of itself, for candidates and for operators.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/codec.h"
#include "common/base/ip.h"
#include "common/shm/text.h"

namespace sluice::shm {

inline constexpr std::size_t ports_max = 8;

// What a NIC can do for the workers, or they do themselves.
enum class PortFeature : uint8_t {
  rss,
  flow_rules,
  rx_ipv4_checksum,
  tx_ipv4_checksum,
  tx_udp4_checksum,
  tx_udp6_checksum,
  vlan_tag,
  dscp,
  fast_free,
};
inline constexpr std::array<std::string_view, 9> port_feature_names = {"rss",
                                                                       "flow_rules",
                                                                       "rx_ipv4_checksum",
                                                                       "tx_ipv4_checksum",
                                                                       "tx_udp4_checksum",
                                                                       "tx_udp6_checksum",
                                                                       "vlan_tag",
                                                                       "dscp",
                                                                       "fast_free"};

enum class DoneBy : uint8_t { off, none_needed, software, hardware };
inline constexpr std::array<std::string_view, 4> done_by_names = {"off", "none needed", "software",
                                                                  "hardware"};

struct PortFeatureUse {
  DoneBy by = DoneBy::off;
  Text<96> why;  // a few words for a person
};

// Written by the data plane before its workers start and when the link changes.
struct PortInfo {
  Text<32> name;  // as configured
  Text<32> driver;
  std::array<uint8_t, 6> mac{};
  uint16_t mtu = 0;
  uint16_t vlan = 0;                                // 0 = untagged
  uint16_t rx_descriptors = 0, tx_descriptors = 0;  // per queue
  uint16_t flow_rules = 0;                          // in force
  uint8_t link_up = 0;
  uint8_t shared_with_kernel = 0;
  uint8_t rx_queues = 0;
  uint8_t tx_queues = 0;
  uint32_t link_mbps = 0;         // 0 = unknown
  std::array<uint8_t, 3> dscp{};  // index: MediaKind; none: control
  uint8_t reserved = 0;
  std::array<IpAddress, 4> addresses{};        // announced as candidates; family 0 = unused
  std::array<IpAddress, 4> own_addresses{};    // what they stand for, on the port's network
  std::array<uint8_t, 4> prefix_lengths{};     // of own_addresses
  std::array<uint16_t, 32> worker_udp_port{};  // index: worker; 0 = none
  std::array<PortFeatureUse, port_feature_names.size()> features{};  // index: PortFeature

  PortFeatureUse& feature(PortFeature f) { return features[static_cast<std::size_t>(f)]; }
  const PortFeatureUse& feature(PortFeature f) const {
    return features[static_cast<std::size_t>(f)];
  }
};

}  // namespace sluice::shm
