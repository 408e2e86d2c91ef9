// Valid records whose fields follow from their id, so that a torn or mixed copy is seen by whoever
// reads it.
#pragma once

#include <cstdint>
#include <string>

#include "common/shm/endpoint.h"
#include "common/shm/stream.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::shm {

inline constexpr uint64_t spread = 0x9e3779b97f4a7c15;

// Sixteen hexadecimal digits are too long for Text<16>; the low fifteen are enough.
inline std::string name_of_id(uint64_t id) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s(15, '0');
  for (int i = 14; i >= 0; --i, id >>= 4) s[static_cast<std::size_t>(i)] = digits[id & 15];
  return s;
}

// Of an endpoint after its n-th ICE restart: the low eight digits stay.
inline std::string name_of_restart(uint64_t id, uint64_t n) {
  return name_of_id((n & 0xfffffff) << 32 | (id & 0xffffffff));
}
inline std::string password_of(const Text<16>& ufrag) {
  return std::string(ufrag.view()) + std::string(ufrag.view());
}

inline EndpointRecord endpoint_record(uint64_t id, uint8_t home_worker = 0) {
  EndpointRecord r;
  r.id = id;
  r.home_worker = home_worker;
  r.sends = r.receives = 1;
  r.rtcp_ssrc = 0;
  r.ufrag = Text<16>(name_of_id(id));
  r.negotiation = {0, 1};  // the publisher puts the real one
  return r;
}

inline NegotiationRecord negotiation_record() {
  NegotiationRecord r;
  r.recv_extensions.mid = 1;
  r.recv_extensions.transport_cc = 3;
  r.recv_payloads[0] = {96, Codec::vp8, 0, 0};
  r.recv_payloads[1] = {97, Codec::vp8, 96, 0};
  r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {96, 97};
  return r;
}

inline EndpointKeys endpoint_keys(uint64_t id, uint16_t epoch = 0,
                                  srtp::Profile profile = srtp::Profile::none) {
  EndpointKeys k;
  k.epoch = epoch;
  k.profile = profile;
  k.recv.key.fill(static_cast<uint8_t>(id * spread >> 56));
  k.send.key.fill(static_cast<uint8_t>(~(id * spread >> 56)));
  k.ice_pwd = Text<40>(name_of_id(id) + name_of_id(id));
  return k;
}

inline TrackRecord track_record(uint64_t id, SlotRef endpoint) {
  TrackRecord r;
  r.id = id;
  r.endpoint = endpoint;
  r.kind = MediaKind::video;
  r.source = TrackSource::camera;
  r.encoding_count = 1;
  r.csrc = static_cast<uint32_t>(id * spread >> 32) | 1;
  r.mid = Text<16>(name_of_id(id));
  return r;
}

inline StreamRecord stream_record(uint64_t id, SlotRef endpoint, uint32_t ssrc,
                                  uint32_t rtx_ssrc = 0) {
  StreamRecord r;
  r.id = id;
  r.endpoint = endpoint;
  r.ssrc = ssrc;
  r.rtx_ssrc = rtx_ssrc;
  r.initial_timestamp = static_cast<uint32_t>(id * spread >> 32);
  r.initial_seq = static_cast<uint16_t>((id * spread >> 40) & 0x7fff);
  r.kind = MediaKind::video;
  r.cname = PaddedText<16>(name_of_id(id));
  return r;
}

inline SubscriptionRecord subscription_record(SlotRef track, SlotRef stream) {
  SubscriptionRecord r;
  r.track = track;
  r.stream = stream;
  r.priority = static_cast<uint8_t>((track.slot * spread >> 56) ^ track.generation ^ stream.slot);
  return r;
}

inline bool is_whole(const EndpointRecord& r) {
  return r.ufrag.view().size() == 15 && r.ufrag.view().substr(7) == name_of_id(r.id).substr(7);
}
inline bool is_whole(const TrackRecord& r) {
  return r.mid.view() == name_of_id(r.id);
}
inline bool is_whole(const StreamRecord& r) {
  return r.cname.view() == name_of_id(r.id) &&
         r.initial_timestamp == static_cast<uint32_t>(r.id * spread >> 32);
}
inline bool is_whole(const SubscriptionRecord& r) {
  return r.priority == subscription_record(r.track, r.stream).priority;
}
inline bool is_whole(const EndpointRecord& r, const EndpointKeys& k) {
  return k.ice_pwd.view() == password_of(r.ufrag) &&
         (r.previous_ufrag.empty() || k.previous_ice_pwd.view() == password_of(r.previous_ufrag));
}

}  // namespace sluice::shm
