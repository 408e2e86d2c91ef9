// sluicectl subscriptions: who is sent what, a line each.
#include "tools/sluicectl/json_table.h"
#include "tools/sluicectl/media_names.h"
#include "tools/sluicectl/media_row.h"
#include "tools/sluicectl/media_tables.h"

namespace sluice::ctl {

namespace {

// A subscription with what it connects, where that is live.
struct Link {
  const SubscriptionRow& subscription;
  const TrackRow* track;
  const StreamRow* stream;
  const EndpointRow* receiver;

  Link(const MediaTables& tables, const SubscriptionRow& s)
      : subscription(s),
        track(tables.track(s.record.track)),
        stream(tables.stream(s.record.stream)),
        receiver(stream != nullptr ? tables.endpoint(stream->record.endpoint) : nullptr) {}

  bool wanted(const MediaFilter& filter) const {
    if (!filter.wants_track(subscription.record.track)) return false;
    if (filter.worker && (receiver == nullptr || receiver->record.home_worker != *filter.worker)) {
      return false;
    }
    return !filter.endpoint || (stream != nullptr && stream->record.endpoint == *filter.endpoint) ||
           (track != nullptr && track->record.endpoint == *filter.endpoint);
  }
};

const char* state_of(const SubscriptionRow& s) {
  return s.state == nullptr ? "unclaimed" : phase_name(get(s.state->phase));
}

Json row_of(const Link& link) {
  const SubscriptionRow& s = link.subscription;
  const bool known =
      link.track != nullptr && link.track->state != nullptr && get(link.track->state->codec) != 0;
  Json row = {
      {"subscription", ref_text(s.ref)},
      {"state", state_of(s)},
      {"source", link.track != nullptr ? Json(source_name(link.track->record.source)) : Json()},
      {"codec", known ? Json(codec_name(get(link.track->state->codec))) : Json()},
      {"track", ref_text(s.record.track)},
      {"from_endpoint",
       link.track != nullptr ? Json(ref_text(link.track->record.endpoint)) : Json()},
      {"stream", ref_text(s.record.stream)},
      {"to_endpoint",
       link.stream != nullptr ? Json(ref_text(link.stream->record.endpoint)) : Json()},
      {"home_worker", link.receiver != nullptr ? Json(link.receiver->record.home_worker) : Json()},
      {"priority", s.record.priority}};
  if (s.state != nullptr) {
    row["encoding"] = get(s.state->encoding);
    row["switches"] = get(s.state->switches);
  }
  if (link.stream != nullptr && link.stream->state != nullptr) {
    add_stream(row, StreamLook(*link.stream->state, clock_rate_of(link.stream->record.kind)));
  }
  return row;
}

const std::vector<JsonColumn> columns = {{"subscription", "subscription"},
                                         {"state", "state"},
                                         {"source", "source"},
                                         {"codec", "codec"},
                                         {"track", "track"},
                                         {"from_endpoint", "from"},
                                         {"to_endpoint", "to"},
                                         {"home_worker", ">worker"},
                                         {"encoding", ">encoding"},
                                         {"switches", ">switches", CellForm::count},
                                         {"stream", "stream"},
                                         {"tx_packets", ">sent", CellForm::count},
                                         {"tx_bytes", ">bytes", CellForm::scaled},
                                         {"loss_percent", ">loss", CellForm::percent},
                                         {"jitter_ms", ">jitter", CellForm::ms},
                                         {"rtt_ms", ">rtt", CellForm::ms}};

}  // namespace

ExitCode show_subscriptions(const Options& options, const MediaChoice& choice, Output output) {
  const auto rows_of = [](shm::Region& region, const MediaFilter& filter) {
    const MediaTables tables(region);
    Json rows = Json::array();
    for (const SubscriptionRow& s : tables.subscriptions) {
      const Link link(tables, s);
      if (link.wanted(filter)) rows.push_back(row_of(link));
    }
    return rows;
  };
  return show_media(options, choice, output, "subscriptions", columns, rows_of);
}

}  // namespace sluice::ctl
