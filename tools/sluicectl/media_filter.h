// Which rows the media commands show.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "tools/sluicectl/commands.h"
#include "tools/sluicectl/region_view.h"

namespace sluice::ctl {

// SLOT or SLOT.GENERATION, whether there is such a slot or not.
bool is_slot_text(std::string_view text);

struct MediaFilter {
  std::optional<shm::SlotRef> endpoint, track;
  std::optional<uint32_t> worker;

  // Errors: an argument that is no SLOT or SLOT.GENERATION, a slot the table does not have, one
  // that is not live or is in another use by now, a worker there is none of.
  static Result<MediaFilter> parse(const MediaChoice& choice, shm::Region& region);

  bool wants_endpoint(shm::SlotRef ref) const { return !endpoint || *endpoint == ref; }
  bool wants_track(shm::SlotRef ref) const { return !track || *track == ref; }
  bool wants_worker(uint32_t w) const { return !worker || *worker == w; }
};

}  // namespace sluice::ctl
