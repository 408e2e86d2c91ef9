#include "tools/sluicectl/row_json.h"

#include "common/shm/live_record.h"
#include "tools/sluicectl/media_names.h"
#include "tools/sluicectl/media_row.h"
#include "tools/sluicectl/table_names.h"

namespace sluice::ctl {

namespace {

using shm::SlotRef;

Json ref_json(SlotRef ref) {
  return ref ? Json(ref_text(ref)) : Json();
}

void add(Json& row, const shm::EndpointRecord& r) {
  row["home_worker"] = r.home_worker;
  row["srtp_profile"] = srtp::name_of(r.srtp_profile);
  row["sends"] = r.sends != 0;
  row["receives"] = r.receives != 0;
  row["ufrag"] = r.ufrag.view();
  row["key_epoch"] = r.key_epoch;
  row["negotiation"] = ref_json(r.negotiation);
}
void add(Json& row, const shm::EndpointState& s) {
  shm::RemoteAddress address;
  const bool known = s.address.read(address) && address.family != 0;
  row["connected"] = (get(s.flags) & shm::endpoint_flag_connected) != 0;
  row["remote"] = known ? Json(to_string(address.remote())) : Json();
  row["consent_age_ms"] = age_json(age_of(get(s.consent_ns)));
  row["keyed_epoch"] = get(s.keyed_epoch);
  row["rx_packets"] = get(s.rx_packets);
  row["auth_failed"] = get(s.auth_failed);
  row["replayed"] = get(s.replayed);
  row["moves"] = get(s.address_moves);
}

void add(Json& row, const shm::TrackRecord& r) {
  row["endpoint"] = ref_json(r.endpoint);
  row["source"] = source_name(r.source);
  row["muted"] = r.muted != 0;
  row["mid"] = r.mid.view();
  row["csrc"] = r.csrc;
  row["encoding_count"] = r.encoding_count;
  row["rids"] = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(r.encoding_count, shm::encodings_max); ++i) {
    row["rids"].push_back(r.encodings[i].rid.view());
  }
}
void add(Json& row, const shm::TrackState& s) {
  row["codec"] = codec_name(get(s.codec));
  row["key_frame_requests"] = get(s.key_frame_requests);
  uint64_t packets = 0;
  uint64_t lost = 0;
  row["encodings"] = Json::array();
  for (const shm::EncodingState& e : s.encodings) {
    packets += get(e.packets);
    lost += get(e.lost);
    row["encodings"].push_back({{"ssrc", get(e.ssrcs) & 0xffffffffU},
                                {"packets", get(e.packets)},
                                {"bytes", get(e.bytes)},
                                {"lost", get(e.lost)},
                                {"frames", get(e.frames)},
                                {"key_frames", get(e.key_frames)}});
  }
  row["packets"] = packets;
  row["lost"] = lost;
}

void add(Json& row, const shm::StreamRecord& r) {
  row["endpoint"] = ref_json(r.endpoint);
  row["kind"] = kind_name(r.kind);
  row["ssrc"] = r.ssrc;
  row["rtx_ssrc"] = r.rtx_ssrc;
  row["cname"] = r.cname.view();
}
void add(Json& row, const shm::StreamState& s) {
  row["next_index"] = get(s.next_index);
  row["packets"] = get(s.packets);
  row["bytes"] = get(s.bytes);
  row["rtt_us"] = get(s.rtt_us);
}

void add(Json& row, const shm::SubscriptionRecord& r) {
  row["track"] = ref_json(r.track);
  row["stream"] = ref_json(r.stream);
  row["paused"] = r.paused != 0;
  row["priority"] = r.priority;
}
void add(Json& row, const shm::SubscriptionState& s) {
  row["phase"] = phase_name(get(s.phase));
  row["encoding"] = get(s.encoding);
  row["switches"] = get(s.switches);
}

Json extensions_json(const shm::ExtensionIds& ids) {
  return {{"mid", ids.mid},
          {"rid", ids.rid},
          {"repaired_rid", ids.repaired_rid},
          {"audio_level", ids.audio_level},
          {"transport_cc", ids.transport_cc},
          {"abs_send_time", ids.abs_send_time},
          {"abs_capture_time", ids.abs_capture_time},
          {"dependency_descriptor", ids.dependency_descriptor},
          {"video_orientation", ids.video_orientation},
          {"playout_delay", ids.playout_delay}};
}

// "96 vp8, 97 rtx of 96": as in SDP, none when nothing is received or sent.
std::string payloads_text(const shm::NegotiationRecord& r, bool received) {
  std::string text;
  const auto add_one = [&](unsigned type, const std::string& what) {
    text += (text.empty() ? "" : ", ") + std::to_string(type) + " " + what;
  };
  for (const shm::RecvPayload& p : r.recv_payloads) {
    if (!received || p.codec == Codec::none || static_cast<uint8_t>(p.codec) >= codec_count)
      continue;
    add_one(p.payload_type,
            p.rtx_of != 0 ? "rtx of " + std::to_string(p.rtx_of) : std::string(name_of(p.codec)));
  }
  for (std::size_t c = 0; !received && c < codec_count; ++c) {
    if (r.send_payloads[c].payload_type == 0) continue;
    add_one(r.send_payloads[c].payload_type, std::string(name_of(static_cast<Codec>(c))));
  }
  return text;
}

void add(Json& row, const shm::NegotiationRecord& r) {
  row["receives"] = payloads_text(r, true);
  row["sends"] = payloads_text(r, false);
  row["receive_extensions"] = extensions_json(r.recv_extensions);
  row["send_extensions"] = extensions_json(r.send_extensions);
}

template <class Row, class State>
void add_live(Json& row, const Row& slot, const State& state) {
  typename Row::Record record;
  Generation generation;
  if (shm::read_live(slot, record, generation) != shm::SlotRead::live) return;
  if constexpr (requires { record.id; }) row["id"] = record.id;
  add(row, record);
  // What the worker wrote belongs to this use of the slot only when it says so.
  if (get(state.generation) == generation.value()) add(row, state);
}

void add_negotiation(Json& row, const shm::Negotiation& slot) {
  shm::NegotiationRecord record;
  Generation generation;
  if (shm::read_live(slot, record, generation) == shm::SlotRead::live) add(row, record);
}

}  // namespace

Json rows_json(shm::Region& region, shm::TableId table) {
  Json rows = Json::array();
  for (uint32_t i = 0; i < shm::slot_count(region.capacities(), table); ++i) {
    const shm::SlotWord::Value word = region.head(table, i).word.load();
    if (word.state == shm::SlotState::free) continue;
    Json row = {
        {"slot", i}, {"generation", word.generation.value()}, {"state", state_name(word.state)}};
    switch (table) {
      case shm::TableId::endpoint:
        add_live(row, region.endpoint(i), region.endpoint(i).state);
        break;
      case shm::TableId::track:
        add_live(row, region.track(i), region.track(i).state);
        break;
      case shm::TableId::stream:
        add_live(row, region.stream(i), region.stream(i).state);
        break;
      case shm::TableId::subscription:
        add_live(row, region.subscription(i), region.subscription_state(i));
        break;
      case shm::TableId::negotiation:
        add_negotiation(row, region.negotiation(i));
        break;
      case shm::TableId::none:
        break;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace sluice::ctl
