// sluicectl endpoints: the remote transports, a line each.
#include <ostream>

#include "tools/sluicectl/json_table.h"
#include "tools/sluicectl/media_filter.h"
#include "tools/sluicectl/media_row.h"
#include "tools/sluicectl/media_tables.h"

namespace sluice::ctl {

namespace {

// Which endpoints publish or receive a track.
bool has_track(const MediaTables& tables, const EndpointRow& e, shm::SlotRef track) {
  const TrackRow* published = tables.track(track);
  if (published != nullptr && published->record.endpoint == e.ref) return true;
  return std::any_of(tables.subscriptions.begin(), tables.subscriptions.end(), [&](const auto& s) {
    const StreamRow* stream = tables.stream(s.record.stream);
    return s.record.track == track && stream != nullptr && stream->record.endpoint == e.ref;
  });
}

// From the first step of its life to the last.
const char* state_of(const EndpointRow& e) {
  if (e.state == nullptr) return "unclaimed";
  if (e.state->consent_ns.load(std::memory_order_acquire) == 0) return "no check yet";
  if ((e.state->flags.load(std::memory_order_acquire) & shm::endpoint_flag_connected) == 0) {
    return "silent";
  }
  return e.record.srtp_profile == srtp::Profile::none ? "no keys yet" : "connected";
}

const char* direction_of(const shm::EndpointRecord& r) {
  if (r.sends != 0) return r.receives != 0 ? "both" : "publishes";
  return r.receives != 0 ? "receives" : "none";
}

struct Outgoing {
  std::size_t streams = 0;
  StreamLook look;
};

// Of every endpoint, by slot.
std::vector<Outgoing> outgoing_of(const MediaTables& tables, uint32_t slots) {
  std::vector<Outgoing> all(slots);
  for (const StreamRow& s : tables.streams) {
    if (tables.endpoint(s.record.endpoint) == nullptr) continue;
    Outgoing& o = all[s.record.endpoint.slot];
    ++o.streams;
    if (s.state != nullptr) o.look.add(StreamLook(*s.state, clock_rate_of(s.record.kind)));
  }
  return all;
}

Json row_of(const EndpointRow& e, const Outgoing& outgoing, std::size_t tracks, bool addresses) {
  Json row = {{"endpoint", ref_text(e.ref)},
              {"id", e.record.id},
              {"state", state_of(e)},
              {"direction", direction_of(e.record)},
              {"home_worker", e.record.home_worker},
              {"srtp_profile", srtp::name_of(e.record.srtp_profile)},
              {"tracks", tracks},
              {"streams", outgoing.streams}};
  if (e.state != nullptr) {
    row["consent_age_ms"] = age_json(age_of(get(e.state->consent_ns)));
    row["rx_packets"] = get(e.state->rx_packets);
    row["rx_bytes"] = get(e.state->rx_bytes);
    row["auth_failed"] = get(e.state->auth_failed);
    row["replayed"] = get(e.state->replayed);
    row["moves"] = get(e.state->address_moves);
  }
  add_stream(row, outgoing.look);
  if (addresses && e.state != nullptr) {
    shm::RemoteAddress address;
    const bool known = e.state->address.read(address) && address.family != 0;
    row["remote"] = known ? Json(to_string(address.remote())) : Json();
  }
  return row;
}

std::vector<JsonColumn> columns(bool addresses) {
  std::vector<JsonColumn> all = {{"endpoint", "endpoint"},
                                 {"id", ">id"},
                                 {"state", "state"},
                                 {"direction", "direction"},
                                 {"home_worker", ">worker"},
                                 {"srtp_profile", "srtp"},
                                 {"consent_age_ms", ">consent", CellForm::age_ms},
                                 {"tracks", ">tracks"},
                                 {"rx_packets", ">received", CellForm::count},
                                 {"rx_bytes", ">bytes", CellForm::scaled},
                                 {"auth_failed", ">auth failed", CellForm::count},
                                 {"replayed", ">replayed", CellForm::count},
                                 {"moves", ">moves", CellForm::count},
                                 {"streams", ">streams"},
                                 {"tx_packets", ">sent", CellForm::count},
                                 {"tx_bytes", ">bytes", CellForm::scaled},
                                 {"loss_percent", ">loss", CellForm::percent},
                                 {"rtt_ms", ">rtt", CellForm::ms}};
  if (addresses) all.push_back({"remote", "remote"});
  return all;
}

}  // namespace

ExitCode show_endpoints(const Options& options, const MediaChoice& choice, Output output) {
  return show_media(
      options, choice, output, "endpoints", columns(choice.addresses),
      [&](shm::Region& region, const MediaFilter& filter) {
        const MediaTables tables(region);
        const auto outgoing = outgoing_of(tables, region.capacities().endpoints);
        std::vector<std::size_t> tracks(region.capacities().endpoints);
        for (const TrackRow& t : tables.tracks) {
          if (tables.endpoint(t.record.endpoint) != nullptr) ++tracks[t.record.endpoint.slot];
        }
        Json rows = Json::array();
        for (const EndpointRow& e : tables.endpoints) {
          if (!filter.wants_endpoint(e.ref) || !filter.wants_worker(e.record.home_worker)) continue;
          if (filter.track && !has_track(tables, e, *filter.track)) continue;
          rows.push_back(row_of(e, outgoing[e.ref.slot], tracks[e.ref.slot], choice.addresses));
        }
        return rows;
      });
}

}  // namespace sluice::ctl
