// The tables of the region and their names for people.
#pragma once

#include <array>

#include "common/shm/messages.h"
#include "common/shm/slot.h"

namespace sluice::ctl {

inline constexpr std::array<shm::TableId, 5> all_tables = {
    shm::TableId::endpoint, shm::TableId::track, shm::TableId::stream, shm::TableId::subscription,
    shm::TableId::negotiation};

constexpr const char* table_name(shm::TableId table) {
  switch (table) {
    case shm::TableId::endpoint:
      return "endpoint";
    case shm::TableId::track:
      return "track";
    case shm::TableId::stream:
      return "stream";
    case shm::TableId::subscription:
      return "subscription";
    case shm::TableId::negotiation:
      return "negotiation";
    case shm::TableId::none:
      break;
  }
  return "region";
}

constexpr const char* state_name(shm::SlotState state) {
  switch (state) {
    case shm::SlotState::free:
      return "free";
    case shm::SlotState::filling:
      return "filling";
    case shm::SlotState::live:
      return "live";
    case shm::SlotState::retired:
      break;
  }
  return "retired";
}

}  // namespace sluice::ctl
