// sluicectl tracks: what is published, a line each.
#include "tools/sluicectl/json_table.h"
#include "tools/sluicectl/media_names.h"
#include "tools/sluicectl/media_row.h"
#include "tools/sluicectl/media_tables.h"

namespace sluice::ctl {

namespace {

const char* state_of(const TrackRow& t) {
  if (t.record.muted != 0) return "muted";
  if (t.state == nullptr) return "unclaimed";
  for (const shm::EncodingState& e : t.state->encodings) {
    if (get(e.packets) != 0) return "active";
  }
  return "no packet yet";
}

// Of all encodings.
void add_counters(Json& row, const shm::TrackState& s) {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t lost = 0;
  uint64_t key_frames = 0;
  for (const shm::EncodingState& e : s.encodings) {
    packets += get(e.packets);
    bytes += get(e.bytes);
    lost += get(e.lost);
    key_frames += get(e.key_frames);
  }
  row["packets"] = packets;
  row["bytes"] = bytes;
  row["lost"] = lost;
  row["loss_percent"] =
      packets + lost == 0
          ? Json()
          : Json(100 * static_cast<double>(lost) / static_cast<double>(packets + lost));
  row["key_frames"] = key_frames;
  row["key_frame_requests"] = get(s.key_frame_requests);
}

Json row_of(const TrackRow& t, const EndpointRow* publisher, std::size_t subscribers) {
  const bool known = t.state != nullptr && get(t.state->codec) != 0;
  Json row = {{"track", ref_text(t.ref)},
              {"id", t.record.id},
              {"state", state_of(t)},
              {"kind", kind_name(t.record.kind)},
              {"source", source_name(t.record.source)},
              {"codec", known ? Json(codec_name(get(t.state->codec))) : Json()},
              {"endpoint", ref_text(t.record.endpoint)},
              {"home_worker", publisher != nullptr ? Json(publisher->record.home_worker) : Json()},
              {"encodings", t.record.encoding_count},
              {"subscribers", subscribers}};
  if (t.state != nullptr) {
    add_counters(row, *t.state);
    // RFC 6464: 0 is the loudest, 127 silence.
    if (t.record.kind == MediaKind::audio)
      row["level_dbov"] = -static_cast<int64_t>(get(t.state->level));
  }
  return row;
}

const std::vector<JsonColumn> columns = {{"track", "track"},
                                         {"id", ">id"},
                                         {"state", "state"},
                                         {"source", "source"},
                                         {"codec", "codec"},
                                         {"endpoint", "endpoint"},
                                         {"home_worker", ">worker"},
                                         {"encodings", ">encodings"},
                                         {"packets", ">packets", CellForm::count},
                                         {"bytes", ">bytes", CellForm::scaled},
                                         {"lost", ">lost", CellForm::count},
                                         {"loss_percent", ">loss", CellForm::percent},
                                         {"key_frames", ">key frames", CellForm::count},
                                         {"key_frame_requests", ">requested", CellForm::count},
                                         {"level_dbov", ">dBov"},
                                         {"subscribers", ">subscribers", CellForm::count}};

}  // namespace

ExitCode show_tracks(const Options& options, const MediaChoice& choice, Output output) {
  const auto rows_of = [](shm::Region& region, const MediaFilter& filter) {
    const MediaTables tables(region);
    std::vector<std::size_t> subscribers(region.capacities().tracks);
    for (const SubscriptionRow& s : tables.subscriptions) {
      if (tables.track(s.record.track) != nullptr) ++subscribers[s.record.track.slot];
    }
    Json rows = Json::array();
    for (const TrackRow& t : tables.tracks) {
      const EndpointRow* publisher = tables.endpoint(t.record.endpoint);
      if (!filter.wants_track(t.ref) || !filter.wants_endpoint(t.record.endpoint)) continue;
      if (filter.worker &&
          (publisher == nullptr || publisher->record.home_worker != *filter.worker)) {
        continue;
      }
      rows.push_back(row_of(t, publisher, subscribers[t.ref.slot]));
    }
    return rows;
  };
  return show_media(options, choice, output, "tracks", columns, rows_of);
}

}  // namespace sluice::ctl
