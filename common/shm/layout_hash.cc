// What two binaries must agree on before they share a region, as one number.
#include <cstddef>
#include <string_view>

#include "common/shm/endpoint.h"
#include "common/shm/layout.h"
#include "common/shm/ring.h"
#include "common/shm/status.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {
namespace {

// FNV-1a, 64 bits.
class Fnv {
 public:
  constexpr void add(uint64_t v) {
    for (int i = 0; i < 8; ++i) add_byte(static_cast<uint8_t>(v >> (8 * i)));
  }
  constexpr void add(std::string_view s) {
    for (const char c : s) add_byte(static_cast<uint8_t>(c));
    add_byte(0);
  }
  template <class T>
  constexpr void add_type() {
    add(sizeof(T));
    add(alignof(T));
  }
  constexpr uint64_t value() const { return hash_; }

 private:
  constexpr void add_byte(uint8_t b) { hash_ = (hash_ ^ b) * 0x100000001b3; }
  uint64_t hash_ = 0xcbf29ce484222325;
};

// The name is hashed as well: two members that change places are another layout.
#define SLUICE_FIELD(type, member)    \
  do {                                \
    h.add(std::string_view(#member)); \
    h.add(offsetof(type, member));    \
    h.add(sizeof(type::member));      \
  } while (0)

constexpr void add_header(Fnv& h) {
  h.add_type<RegionHeader>();
  SLUICE_FIELD(RegionHeader, magic);
  SLUICE_FIELD(RegionHeader, abi);
  SLUICE_FIELD(RegionHeader, hash);
  SLUICE_FIELD(RegionHeader, region_id);
  SLUICE_FIELD(RegionHeader, capacities);
  SLUICE_FIELD(RegionHeader, ready);
  h.add_type<KeysHeader>();
  SLUICE_FIELD(KeysHeader, region_id);
  h.add_type<Capacities>();
  SLUICE_FIELD(Capacities, workers);
  SLUICE_FIELD(Capacities, endpoints);
  SLUICE_FIELD(Capacities, tracks);
  SLUICE_FIELD(Capacities, streams);
  SLUICE_FIELD(Capacities, subscriptions);
  SLUICE_FIELD(Capacities, news);
  SLUICE_FIELD(Capacities, inject);
  SLUICE_FIELD(Capacities, events);
  SLUICE_FIELD(Capacities, punt_endpoint);
  SLUICE_FIELD(Capacities, punt_invited);
  SLUICE_FIELD(Capacities, punt_stranger);
}

constexpr void add_base(Fnv& h) {
  h.add_type<IpAddress>();
  SLUICE_FIELD(IpAddress, family);
  h.add_type<SocketAddress>();
  SLUICE_FIELD(SocketAddress, port);
  h.add_type<srtp::MasterKey>();
  SLUICE_FIELD(srtp::MasterKey, salt);
  h.add_type<SlotWord>();
  h.add_type<SlotRef>();
  SLUICE_FIELD(SlotRef, slot);
  SLUICE_FIELD(SlotRef, generation);
  h.add_type<SlotHead>();
  SLUICE_FIELD(SlotHead, word);
  SLUICE_FIELD(SlotHead, retired_epoch);
}

constexpr void add_status(Fnv& h) {
  h.add_type<DataplaneStatus>();
  SLUICE_FIELD(DataplaneStatus, incarnation);
  SLUICE_FIELD(DataplaneStatus, pid);
  SLUICE_FIELD(DataplaneStatus, started_unix_ns);
  SLUICE_FIELD(DataplaneStatus, tsc_hz);
  SLUICE_FIELD(DataplaneStatus, port_count);
  SLUICE_FIELD(DataplaneStatus, ports);
  h.add_type<PortInfo>();
  SLUICE_FIELD(PortInfo, driver);
  SLUICE_FIELD(PortInfo, mac);
  SLUICE_FIELD(PortInfo, mtu);
  SLUICE_FIELD(PortInfo, vlan);
  SLUICE_FIELD(PortInfo, rx_descriptors);
  SLUICE_FIELD(PortInfo, tx_descriptors);
  SLUICE_FIELD(PortInfo, flow_rules);
  SLUICE_FIELD(PortInfo, link_up);
  SLUICE_FIELD(PortInfo, shared_with_kernel);
  SLUICE_FIELD(PortInfo, rx_queues);
  SLUICE_FIELD(PortInfo, tx_queues);
  SLUICE_FIELD(PortInfo, link_mbps);
  SLUICE_FIELD(PortInfo, dscp);
  SLUICE_FIELD(PortInfo, addresses);
  SLUICE_FIELD(PortInfo, own_addresses);
  SLUICE_FIELD(PortInfo, prefix_lengths);
  SLUICE_FIELD(PortInfo, worker_udp_port);
  SLUICE_FIELD(PortInfo, features);
  for (const std::string_view name : port_feature_names) h.add(name);
  h.add_type<ControlStatus>();
  SLUICE_FIELD(ControlStatus, incarnation);
  SLUICE_FIELD(ControlStatus, epoch);
  SLUICE_FIELD(ControlStatus, heartbeat_ns);
  SLUICE_FIELD(ControlStatus, wake);
  SLUICE_FIELD(ControlStatus, sleeping);
  h.add_type<WorkerStatus>();
  SLUICE_FIELD(WorkerStatus, seen_epoch);
  SLUICE_FIELD(WorkerStatus, heartbeat_ns);
  SLUICE_FIELD(WorkerStatus, snapshot);
  for (const CounterInfo& c : counter_infos) h.add(c.name);
}

constexpr void add_endpoint(Fnv& h) {
  h.add_type<EndpointRecord>();
  SLUICE_FIELD(EndpointRecord, home_worker);
  SLUICE_FIELD(EndpointRecord, srtp_profile);
  SLUICE_FIELD(EndpointRecord, sends);
  SLUICE_FIELD(EndpointRecord, receives);
  SLUICE_FIELD(EndpointRecord, transport_feedback);
  SLUICE_FIELD(EndpointRecord, reduced_size_rtcp);
  SLUICE_FIELD(EndpointRecord, key_epoch);
  SLUICE_FIELD(EndpointRecord, rtcp_ssrc);
  SLUICE_FIELD(EndpointRecord, ufrag);
  SLUICE_FIELD(EndpointRecord, previous_ufrag);
  SLUICE_FIELD(EndpointRecord, negotiation);
  h.add_type<EndpointCell>();
  h.add_type<Endpoint>();
  SLUICE_FIELD(Endpoint, record);
  SLUICE_FIELD(Endpoint, state);
}

constexpr void add_negotiation(Fnv& h) {
  h.add_type<NegotiationRecord>();
  SLUICE_FIELD(NegotiationRecord, recv_extensions);
  SLUICE_FIELD(NegotiationRecord, send_extensions);
  SLUICE_FIELD(NegotiationRecord, recv_payloads);
  SLUICE_FIELD(NegotiationRecord, send_payloads);
  h.add_type<Negotiation>();
  SLUICE_FIELD(Negotiation, record);
  h.add_type<ExtensionIds>();
  SLUICE_FIELD(ExtensionIds, mid);
  SLUICE_FIELD(ExtensionIds, rid);
  SLUICE_FIELD(ExtensionIds, repaired_rid);
  SLUICE_FIELD(ExtensionIds, audio_level);
  SLUICE_FIELD(ExtensionIds, transport_cc);
  SLUICE_FIELD(ExtensionIds, abs_send_time);
  SLUICE_FIELD(ExtensionIds, abs_capture_time);
  SLUICE_FIELD(ExtensionIds, dependency_descriptor);
  SLUICE_FIELD(ExtensionIds, video_orientation);
  SLUICE_FIELD(ExtensionIds, playout_delay);
  h.add_type<RecvPayload>();
  SLUICE_FIELD(RecvPayload, codec);
  SLUICE_FIELD(RecvPayload, rtx_of);
  h.add_type<SendPayload>();
}

constexpr void add_keys(Fnv& h) {
  h.add_type<EndpointKeys>();
  SLUICE_FIELD(EndpointKeys, generation);
  SLUICE_FIELD(EndpointKeys, epoch);
  SLUICE_FIELD(EndpointKeys, profile);
  SLUICE_FIELD(EndpointKeys, recv);
  SLUICE_FIELD(EndpointKeys, send);
  SLUICE_FIELD(EndpointKeys, ice_pwd);
  SLUICE_FIELD(EndpointKeys, previous_ice_pwd);
  h.add_type<EndpointKeyCell>();
}

constexpr void add_endpoint_state(Fnv& h) {
  h.add_type<EndpointState>();
  SLUICE_FIELD(EndpointState, generation);
  SLUICE_FIELD(EndpointState, srtcp_index_end);
  SLUICE_FIELD(EndpointState, consent_ns);
  SLUICE_FIELD(EndpointState, keyed_epoch);
  SLUICE_FIELD(EndpointState, flags);
  SLUICE_FIELD(EndpointState, address);
  h.add_type<RemoteAddress>();
  SLUICE_FIELD(RemoteAddress, port);
  SLUICE_FIELD(RemoteAddress, family);
  SLUICE_FIELD(EndpointState, rtcp_highest);
  SLUICE_FIELD(EndpointState, rtcp_windows);
  SLUICE_FIELD(EndpointState, rx_packets);
  SLUICE_FIELD(EndpointState, auth_failed);
}

constexpr void add_track(Fnv& h) {
  h.add_type<TrackRecord>();
  SLUICE_FIELD(TrackRecord, endpoint);
  SLUICE_FIELD(TrackRecord, kind);
  SLUICE_FIELD(TrackRecord, source);
  SLUICE_FIELD(TrackRecord, encoding_count);
  SLUICE_FIELD(TrackRecord, muted);
  SLUICE_FIELD(TrackRecord, csrc);
  SLUICE_FIELD(TrackRecord, mid);
  SLUICE_FIELD(TrackRecord, encodings);
  h.add_type<EncodingRecord>();
  SLUICE_FIELD(EncodingRecord, ssrc);
  SLUICE_FIELD(EncodingRecord, rtx_ssrc);
  SLUICE_FIELD(EncodingRecord, rid);
  h.add_type<EncodingState>();
  SLUICE_FIELD(EncodingState, ssrcs);
  SLUICE_FIELD(EncodingState, highest_index);
  SLUICE_FIELD(EncodingState, rtx_highest_index);
  SLUICE_FIELD(EncodingState, packets);
  h.add_type<TrackState>();
  SLUICE_FIELD(TrackState, generation);
  SLUICE_FIELD(TrackState, codec);
  SLUICE_FIELD(TrackState, encodings);
  SLUICE_FIELD(TrackState, level);
  SLUICE_FIELD(TrackState, rtcp_highest);
  SLUICE_FIELD(TrackState, rtcp_windows);
  h.add_type<Track>();
  SLUICE_FIELD(Track, record);
  SLUICE_FIELD(Track, state);
}

constexpr void add_stream_and_subscription(Fnv& h) {
  h.add_type<StreamRecord>();
  SLUICE_FIELD(StreamRecord, endpoint);
  SLUICE_FIELD(StreamRecord, ssrc);
  SLUICE_FIELD(StreamRecord, rtx_ssrc);
  SLUICE_FIELD(StreamRecord, initial_timestamp);
  SLUICE_FIELD(StreamRecord, initial_seq);
  SLUICE_FIELD(StreamRecord, kind);
  SLUICE_FIELD(StreamRecord, cname);
  h.add_type<StreamState>();
  SLUICE_FIELD(StreamState, next_index);
  SLUICE_FIELD(StreamState, rtx_next_index);
  SLUICE_FIELD(StreamState, packets);
  SLUICE_FIELD(StreamState, reports);
  SLUICE_FIELD(StreamState, rtcp_highest);
  SLUICE_FIELD(StreamState, rtcp_window);
  SLUICE_FIELD(StreamState, generation);
  SLUICE_FIELD(StreamState, rtt_us);
  h.add_type<Stream>();
  SLUICE_FIELD(Stream, record);
  SLUICE_FIELD(Stream, state);
  h.add_type<SubscriptionRecord>();
  SLUICE_FIELD(SubscriptionRecord, track);
  SLUICE_FIELD(SubscriptionRecord, stream);
  SLUICE_FIELD(SubscriptionRecord, encoding_cap);
  SLUICE_FIELD(SubscriptionRecord, spatial_cap);
  SLUICE_FIELD(SubscriptionRecord, temporal_cap);
  SLUICE_FIELD(SubscriptionRecord, priority);
  SLUICE_FIELD(SubscriptionRecord, paused);
  h.add_type<SubscriptionState>();
  SLUICE_FIELD(SubscriptionState, phase);
  SLUICE_FIELD(SubscriptionState, encoding);
  SLUICE_FIELD(SubscriptionState, switches);
  h.add_type<Subscription>();
  SLUICE_FIELD(Subscription, record);
}

constexpr void add_rings(Fnv& h) {
  h.add_type<RingHead>();
  SLUICE_FIELD(RingHead, tail);
  SLUICE_FIELD(RingHead, dropped);
  SLUICE_FIELD(RingHead, head);
  SLUICE_FIELD(RingHead, capacity);
  h.add_type<News>();
  SLUICE_FIELD(News, ref);
  h.add_type<Punt>();
  SLUICE_FIELD(Punt, remote);
  SLUICE_FIELD(Punt, local);
  SLUICE_FIELD(Punt, at);
  SLUICE_FIELD(Punt, length);
  SLUICE_FIELD(Punt, punt_class);
  SLUICE_FIELD(Punt, worker);
  SLUICE_FIELD(Punt, port);
  SLUICE_FIELD(Punt, local_address);
  SLUICE_FIELD(Punt, bytes);
  h.add_type<Inject>();
  SLUICE_FIELD(Inject, remote);
  SLUICE_FIELD(Inject, length);
  SLUICE_FIELD(Inject, bytes);
  h.add_type<Event>();
  SLUICE_FIELD(Event, kind);
  SLUICE_FIELD(Event, detail);
  SLUICE_FIELD(Event, encoding);
  SLUICE_FIELD(Event, value);
  SLUICE_FIELD(Event, ref);
  SLUICE_FIELD(Event, at);
  SLUICE_FIELD(Event, address);
}
#undef SLUICE_FIELD

constexpr uint64_t computed_layout_hash() {
  Fnv h;
  add_header(h);
  add_base(h);
  add_status(h);
  add_endpoint(h);
  add_negotiation(h);
  add_keys(h);
  add_endpoint_state(h);
  add_track(h);
  add_stream_and_subscription(h);
  add_rings(h);
  return h.value();
}

}  // namespace

uint64_t layout_hash() {
  static constexpr uint64_t hash = computed_layout_hash();
  return hash;
}

}  // namespace sluice::shm
