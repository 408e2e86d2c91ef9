#include "dataplane/port/flow_steering.h"

#include <rte_errno.h>
#include <rte_flow.h>

#include <algorithm>
#include <array>

#include "common/wire/bytes.h"

namespace sluice::dataplane {
namespace {

// Ethernet / IPv4 or IPv6 / UDP destination port -> queue. False: `error` says why not.
bool add_rule(uint16_t ethdev, uint8_t family, uint16_t udp_port, uint16_t queue,
              rte_flow_error& error) {
  const rte_flow_attr attributes = {
      .group = 0, .priority = 0, .ingress = 1, .egress = 0, .transfer = 0, .reserved = 0};
  rte_flow_item_udp port{}, mask{};
  port.hdr.dst_port = wire::swap_be16(udp_port);
  mask.hdr.dst_port = 0xffff;
  std::array<rte_flow_item, 4> pattern{};
  pattern[0].type = RTE_FLOW_ITEM_TYPE_ETH;
  pattern[1].type = family == 4 ? RTE_FLOW_ITEM_TYPE_IPV4 : RTE_FLOW_ITEM_TYPE_IPV6;
  pattern[2].type = RTE_FLOW_ITEM_TYPE_UDP;
  pattern[2].spec = &port;
  pattern[2].mask = &mask;
  pattern[3].type = RTE_FLOW_ITEM_TYPE_END;
  const rte_flow_action_queue to{.index = queue};
  std::array<rte_flow_action, 2> actions{};
  actions[0] = {.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &to};
  actions[1].type = RTE_FLOW_ACTION_TYPE_END;
  return rte_flow_validate(ethdev, &attributes, pattern.data(), actions.data(), &error) == 0 &&
         rte_flow_create(ethdev, &attributes, pattern.data(), actions.data(), &error) != nullptr;
}

}  // namespace

Steering steer_to_workers(uint16_t ethdev, const Attachment& attachment, uint16_t udp_port_base,
                          uint32_t workers) {
  Steering steering;
  for (uint8_t family : {uint8_t{4}, uint8_t{6}}) {
    const bool used = std::ranges::any_of(attachment.addresses,
                                          [&](const auto& a) { return a.ip.family == family; });
    for (uint32_t w = 0; used && w < workers; ++w) {
      rte_flow_error error{};
      if (!add_rule(ethdev, family, static_cast<uint16_t>(udp_port_base + w),
                    static_cast<uint16_t>(w), error)) {
        steering.refusal = error.message != nullptr ? error.message : rte_strerror(rte_errno);
        rte_flow_flush(ethdev, &error);
        steering.rules = 0;
        return steering;
      }
      ++steering.rules;
    }
  }
  return steering;
}

}  // namespace sluice::dataplane
