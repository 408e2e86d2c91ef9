// What the rows of endpoints, tracks and subscriptions share.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "common/base/codec.h"
#include "tools/sluicectl/json_table.h"
#include "tools/sluicectl/media_filter.h"
#include "tools/sluicectl/stream_look.h"

namespace sluice::ctl {

template <class T>
T get(const std::atomic<T>& a) {
  return a.load(std::memory_order_acquire);
}

// "3.17": slot and generation, as --endpoint and --track take them.
std::string ref_text(shm::SlotRef ref);

// Every audio codec has one clock and every video codec has another.
constexpr uint32_t clock_rate_of(MediaKind kind) {
  return clock_rate(kind == MediaKind::audio ? Codec::opus : Codec::vp8);
}

// Adds tx_packets, tx_bytes, loss_percent, jitter_ms, rtt_ms.
void add_stream(Json& row, const StreamLook& look);

// Opens the region, reads the choice, and prints the rows it leaves: as {"`noun`": rows} or as a
// table.
ExitCode show_media(const Options& options, const MediaChoice& choice, Output output,
                    const char* noun, const std::vector<JsonColumn>& columns,
                    const std::function<Json(shm::Region&, const MediaFilter&)>& rows_of);

}  // namespace sluice::ctl
