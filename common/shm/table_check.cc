#include "common/shm/table_check.h"

#include <cstring>
#include <string_view>
#include <unordered_map>

#include "common/shm/live_record.h"
#include "common/shm/validate.h"
#include "common/shm/worker_state.h"

namespace sluice::shm {
namespace {

// A live slot as it was copied.
template <class Row>
struct Copy {
  uint32_t slot;
  Generation generation;
  typename Row::Record record;
};

// RFC 1982 arithmetic: generations wrap at 32 bits.
bool newer(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b) > 0;
}

class Check {
 public:
  explicit Check(Region& region) : region_(region), capacities_(region.capacities()) {}

  std::vector<Finding> run() {
    check_status();
    check_rings();
    for (const TableId t : {TableId::endpoint, TableId::track, TableId::stream,
                            TableId::subscription, TableId::negotiation}) {
      check_heads(t);
    }
    const auto own_state = [](auto& row, uint32_t) -> auto& {
      return row.state;
    };
    copy(
        TableId::endpoint, endpoints_, [&](uint32_t i) -> Endpoint& { return region_.endpoint(i); },
        own_state);
    copy(
        TableId::track, tracks_, [&](uint32_t i) -> Track& { return region_.track(i); }, own_state);
    copy(
        TableId::stream, streams_, [&](uint32_t i) -> Stream& { return region_.stream(i); },
        own_state);
    copy(
        TableId::subscription, subscriptions_,
        [&](uint32_t i) -> Subscription& { return region_.subscription(i); },
        [&](Subscription&, uint32_t i) -> auto& { return region_.subscription_state(i); });
    check_negotiations();
    check_endpoints();
    check_tracks();
    check_streams();
    check_subscriptions();
    if (region_.has_keys()) check_keys();
    return std::move(findings_);
  }

 private:
  // One name in use by one slot.
  template <class Name>
  using Owners = std::unordered_map<Name, SlotRef>;

  void error(TableId t, uint32_t slot, std::string_view text) {
    findings_.push_back({t, slot, false, std::string(text)});
  }
  void warn(TableId t, uint32_t slot, std::string_view text) {
    findings_.push_back({t, slot, true, std::string(text)});
  }
  bool still_live(TableId t, SlotRef ref) {
    return region_.head(t, ref.slot).word.is_live(ref, ref.slot);
  }

  void check_status() {
    for (uint32_t w = 0; w < capacities_.workers; ++w) {
      const uint64_t seen = region_.worker(w).seen_epoch.load(std::memory_order_acquire);
      if (seen > region_.control().epoch.load(std::memory_order_acquire)) {
        error(TableId::none, w, "worker has seen an epoch that was never given out");
      }
    }
  }

  template <class T>
  void check_ring(uint32_t worker, const Ring<T>& ring, const char* name) {
    // Both ends may move between the two loads, so one sane look is enough.
    for (int look = 0; look < 4; ++look) {
      if (ring.size() <= ring.capacity()) return;
    }
    error(TableId::none, worker,
          std::string(name) + " ring: head and tail are further apart than it is long");
  }

  void check_rings() {
    for (uint32_t w = 0; w < capacities_.workers; ++w) {
      const WorkerRings r = region_.rings(w);
      check_ring(w, r.news, "news");
      check_ring(w, r.inject, "inject");
      check_ring(w, r.events, "events");
      for (const auto& punt : r.punt) check_ring(w, punt, "punt");
    }
  }

  void check_heads(TableId t) {
    for (uint32_t i = 0; i < slot_count(capacities_, t); ++i) {
      const SlotHead& head = region_.head(t, i);
      const SlotWord::Value v = head.word.load();
      if (v.state == SlotState::free) continue;
      if (v.generation.value() == 0) error(t, i, "slot in use with generation 0");
      // A control plane that died while retiring has stored the slot's epoch and not yet its own.
      if (v.state == SlotState::retired &&
          head.retired_epoch.load(std::memory_order_relaxed) >
              region_.control().epoch.load(std::memory_order_acquire) + 1) {
        error(t, i, "retired at an epoch that was never given out");
      }
    }
  }

  template <class Row, class RowAt, class StateAt>
  void copy(TableId t, std::vector<Copy<Row>>& out, RowAt row_at, StateAt state_at) {
    Owners<uint64_t> ids;
    for (uint32_t i = 0; i < slot_count(capacities_, t); ++i) {
      Row& row = row_at(i);
      Copy<Row> c{i, {}, {}};
      SlotRead read = SlotRead::busy;
      for (int tries = 0; tries < 8 && read == SlotRead::busy; ++tries) {
        read = read_live(row, c.record, c.generation);
      }
      if (read != SlotRead::live) continue;
      const uint32_t state_generation = state_at(row, i).generation.load(std::memory_order_acquire);
      if (state_generation != 0 && newer(state_generation, c.generation.value()) &&
          still_live(t, {i, c.generation.value()})) {
        error(t, i, "worker state of a generation that was never live");
      }
      if (const Fault f = validate(c.record, capacities_); !f.empty()) {
        error(t, i, f);
        continue;
      }
      if constexpr (requires { c.record.id; })
        unique(t, ids, c.record.id, ref_of(c), "id in use by another slot");
      out.push_back(c);
    }
  }

  void check_negotiations() {
    for (uint32_t i = 0; i < slot_count(capacities_, TableId::negotiation); ++i) {
      NegotiationRecord r;
      Generation generation;
      if (read_live(region_.negotiation(i), r, generation) != SlotRead::live) continue;
      if (const Fault f = validate(r); !f.empty()) error(TableId::negotiation, i, f);
    }
  }

  template <class Row>
  static SlotRef ref_of(const Copy<Row>& c) {
    return {c.slot, c.generation.value()};
  }

  template <class Name>
  void unique(TableId t, Owners<Name>& owners, Name name, SlotRef ref, std::string_view text) {
    const auto [it, inserted] = owners.try_emplace(name, ref);
    if (inserted || it->second == ref) return;
    if (still_live(t, it->second) && still_live(t, ref)) {
      error(t, ref.slot, std::string(text) + " (slot " + std::to_string(it->second.slot) + ")");
    }
    it->second = ref;
  }

  // True when the reference is to something live.
  bool check_reference(TableId from, SlotRef holder, TableId to, SlotRef ref, const char* what) {
    const SlotWord::Value v = region_.head(to, ref.slot).word.load();
    const uint32_t generation = v.generation.value();
    if (generation == ref.generation && v.state == SlotState::live) return true;
    if (!still_live(from, holder)) return false;
    if (newer(ref.generation, generation) ||
        (generation == ref.generation && v.state == SlotState::filling)) {
      error(from, holder.slot, std::string(what) + " reference to what was never live");
    } else {
      warn(from, holder.slot, std::string(what) + " it refers to was retired");
    }
    return false;
  }

  void check_endpoints() {
    Owners<std::string_view> ufrags;
    for (const Copy<Endpoint>& e : endpoints_) {
      check_reference(TableId::endpoint, ref_of(e), TableId::negotiation, e.record.negotiation,
                      "negotiation");
      for (const Text<16>* ufrag : {&e.record.ufrag, &e.record.previous_ufrag}) {
        if (!ufrag->empty())
          unique(TableId::endpoint, ufrags, ufrag->view(), ref_of(e),
                 "ufrag in use by another slot");
      }
      if (region_.endpoint(e.slot).state.srtcp_index_end.load() > SrtcpIndices::end) {
        error(TableId::endpoint, e.slot, "SRTCP index above 31 bits");
      }
    }
  }

  void check_tracks() {
    Owners<uint32_t> csrcs;
    Owners<uint64_t> ssrcs;  // endpoint << 32 | SSRC: remote sides choose them, each for itself
    Owners<std::string> mids;
    for (const Copy<Track>& t : tracks_) {
      const TrackRecord& r = t.record;
      if (!check_reference(TableId::track, ref_of(t), TableId::endpoint, r.endpoint, "endpoint"))
        continue;
      if (r.csrc != 0)
        unique(TableId::track, csrcs, r.csrc, ref_of(t), "CSRC in use by another slot");
      if (!r.mid.empty()) {
        unique(TableId::track, mids,
               std::to_string(r.endpoint.slot) + " " + std::string(r.mid.view()), ref_of(t),
               "mid in use by another track of the endpoint");
      }
      for (const EncodingRecord& e : r.encodings) {
        for (const uint32_t ssrc : {e.ssrc, e.rtx_ssrc}) {
          if (ssrc == 0) continue;
          unique(TableId::track, ssrcs, uint64_t{r.endpoint.slot} << 32 | ssrc, ref_of(t),
                 "SSRC in use by another track of the endpoint");
        }
      }
      for (const EncodingState& s : region_.track(t.slot).state.encodings) {
        if (s.highest_index.load() > srtp_index_end ||
            s.rtx_highest_index.load() > srtp_index_end) {
          error(TableId::track, t.slot, "highest received index above 48 bits");
        }
      }
    }
  }

  void check_streams() {
    Owners<uint32_t> ssrcs;
    for (const Copy<Stream>& s : streams_) {
      const StreamRecord& r = s.record;
      check_reference(TableId::stream, ref_of(s), TableId::endpoint, r.endpoint, "endpoint");
      unique(TableId::stream, ssrcs, r.ssrc, ref_of(s), "SSRC in use by another stream");
      if (r.rtx_ssrc != 0)
        unique(TableId::stream, ssrcs, r.rtx_ssrc, ref_of(s), "RTX SSRC in use by another stream");
      const StreamState& state = region_.stream(s.slot).state;
      if (state.generation.load(std::memory_order_acquire) != s.generation.value()) continue;
      for (const std::atomic<uint64_t>* next : {&state.next_index, &state.rtx_next_index}) {
        const uint64_t index = next->load(std::memory_order_relaxed);
        if (index < r.initial_seq || index > srtp_index_end)
          error(TableId::stream, s.slot, "next index out of range");
      }
    }
    for (const Copy<Endpoint>& e : endpoints_) {
      const auto it = ssrcs.find(e.record.rtcp_ssrc);
      if (it != ssrcs.end() && still_live(TableId::stream, it->second) &&
          still_live(TableId::endpoint, ref_of(e))) {
        error(TableId::endpoint, e.slot,
              "RTCP SSRC in use by stream " + std::to_string(it->second.slot));
      }
    }
  }

  void check_subscriptions() {
    Owners<uint32_t> feeders;  // by stream slot
    for (const Copy<Subscription>& s : subscriptions_) {
      const SubscriptionRecord& r = s.record;
      const bool track =
          check_reference(TableId::subscription, ref_of(s), TableId::track, r.track, "track");
      const bool stream =
          check_reference(TableId::subscription, ref_of(s), TableId::stream, r.stream, "stream");
      if (!track || !stream) continue;
      TrackRecord track_record;
      StreamRecord stream_record;
      Generation at;
      if (read_live(region_.track(r.track.slot), track_record, at) == SlotRead::live &&
          at.value() == r.track.generation &&
          read_live(region_.stream(r.stream.slot), stream_record, at) == SlotRead::live &&
          at.value() == r.stream.generation && track_record.kind != stream_record.kind) {
        error(TableId::subscription, s.slot, "track and stream are of different kinds");
      }
      if (r.paused == 0) {
        unique(TableId::subscription, feeders, r.stream.slot, ref_of(s),
               "stream is fed by another subscription too");
      }
    }
  }

  // Empty text: they belong together, or the slot has gone on.
  Finding check_keys_of(const Copy<Endpoint>& e) {
    Finding finding{TableId::endpoint, e.slot, false, {}};
    EndpointKeys k;
    EndpointRecord record;
    Generation at;
    if (read_live(region_.endpoint(e.slot), record, at) != SlotRead::live || at != e.generation)
      return finding;
    if (!region_.keys(e.slot).read(k, record.password)) return finding;
    if (k.generation != e.generation.value()) {
      finding.text = "keys are of another generation";
    } else if (const Fault f = validate(k); !f.empty()) {
      finding.text = f;
    } else if (const Fault pair = validate_pair(record, k); !pair.empty()) {
      finding.text = pair;
      finding.warning = k.epoch == static_cast<uint16_t>(record.key_epoch + 1);
    }
    return finding;
  }

  void check_keys() {
    for (const Copy<Endpoint>& e : endpoints_) {
      // Keys and record are two loads: an update between them looks like a mismatch once, not every
      // time.
      Finding finding;
      for (int look = 0; look < 4; ++look) {
        finding = check_keys_of(e);
        if (finding.text.empty()) break;
      }
      if (!finding.text.empty()) findings_.push_back(finding);
    }
    for (uint32_t i = 0; i < capacities_.endpoints; ++i) {
      EndpointKeys k;
      const SlotWord& word = region_.endpoint(i).head.word;
      if (word.load().state != SlotState::free || !region_.keys(i).read(k)) continue;
      static const EndpointKeys wiped{};
      if (std::memcmp(&k, &wiped, sizeof k) != 0 && word.load().state == SlotState::free) {
        error(TableId::endpoint, i, "free slot still holds keys");
      }
    }
  }

  Region& region_;
  const Capacities capacities_;
  std::vector<Finding> findings_;
  std::vector<Copy<Endpoint>> endpoints_;
  std::vector<Copy<Track>> tracks_;
  std::vector<Copy<Stream>> streams_;
  std::vector<Copy<Subscription>> subscriptions_;
};

}  // namespace

std::vector<Finding> check_tables(Region& region) {
  return Check(region).run();
}

}  // namespace sluice::shm
