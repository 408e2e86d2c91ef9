#include "tools/sluicectl/media_filter.h"

#include <charconv>

#include "common/shm/messages.h"
#include "tools/sluicectl/table_names.h"

namespace sluice::ctl {

namespace {

// The whole of `text` as a number.
std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Result<shm::SlotRef> live_slot(const std::string& text, shm::TableId table, shm::Region& region) {
  const std::string what = std::string(table_name(table)) + " " + text;
  const std::size_t dot = text.find('.');
  const auto slot = number(std::string_view(text).substr(0, dot));
  const auto generation =
      dot == std::string::npos ? std::optional<uint32_t>(0) : number(text.substr(dot + 1));
  if (!slot || !generation) {
    return Error{what + ": must be SLOT or SLOT.GENERATION, like 3 or 3.17"};
  }
  const uint32_t slots = shm::slot_count(region.capacities(), table);
  if (*slot >= slots) {
    return Error{what + ": the table's slots are 0 to " + std::to_string(slots - 1)};
  }
  const shm::SlotWord::Value word = region.head(table, *slot).word.load();
  if (word.state != shm::SlotState::live) {
    return Error{what + ": slot " + std::to_string(*slot) + " is " + state_name(word.state) +
                 ", not live"};
  }
  if (dot != std::string::npos && word.generation.value() != *generation) {
    return Error{what + ": slot " + std::to_string(*slot) + " is in its use " +
                 std::to_string(word.generation.value()) + " by now"};
  }
  return shm::SlotRef{*slot, word.generation.value()};
}

}  // namespace

bool is_slot_text(std::string_view text) {
  const std::size_t dot = text.find('.');
  return number(text.substr(0, dot)) &&
         (dot == std::string_view::npos || number(text.substr(dot + 1)));
}

Result<MediaFilter> MediaFilter::parse(const MediaChoice& choice, shm::Region& region) {
  MediaFilter filter;
  if (!choice.endpoint.empty()) {
    const auto ref = live_slot(choice.endpoint, shm::TableId::endpoint, region);
    if (!ref) return ref.error();
    filter.endpoint = *ref;
  }
  if (!choice.track.empty()) {
    const auto ref = live_slot(choice.track, shm::TableId::track, region);
    if (!ref) return ref.error();
    filter.track = *ref;
  }
  if (!choice.worker.empty()) {
    filter.worker = number(choice.worker);
    if (!filter.worker || *filter.worker >= region.capacities().workers) {
      return Error{"worker " + choice.worker + ": the workers are 0 to " +
                   std::to_string(region.capacities().workers - 1)};
    }
  }
  return filter;
}

}  // namespace sluice::ctl
