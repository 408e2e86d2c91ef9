#include "tools/sluicectl/media_row.h"

#include <ostream>

namespace sluice::ctl {

std::string ref_text(shm::SlotRef ref) {
  return std::to_string(ref.slot) + "." + std::to_string(ref.generation);
}

void add_stream(Json& row, const StreamLook& look) {
  const auto or_null = [](const std::optional<double>& v) { return v ? Json(*v) : Json(); };
  row["tx_packets"] = look.packets;
  row["tx_bytes"] = look.bytes;
  row["loss_percent"] = or_null(look.loss_percent);
  row["jitter_ms"] = or_null(look.jitter_ms);
  row["rtt_ms"] = or_null(look.rtt_ms);
}

ExitCode show_media(const Options& options, const MediaChoice& choice, Output output,
                    const char* noun, const std::vector<JsonColumn>& columns,
                    const std::function<Json(shm::Region&, const MediaFilter&)>& rows_of) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const auto filter = MediaFilter::parse(choice, view->region());
  if (!filter) {
    output.err << filter.error().message << '\n';
    return ExitCode::usage;
  }
  Json rows = rows_of(view->region(), *filter);
  if (options.json) {
    Json json = region_json(*view);
    json[noun] = std::move(rows);
    print_json(output.out, json);
  } else {
    view->print_age(output.out);
    print_table(rows, columns, noun, output.out);
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
