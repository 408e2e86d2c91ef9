#include "common/shm/validate.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "tests/unit/shm/records.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

const Capacities capacities = small_capacities();

// Each breaks one rule of a valid record.
template <class Record>
struct Broken {
  const char* fault;
  std::function<void(Record&)> spoil;
};

template <class Record, class Validate>
void expect_faults(const Record& good, const std::vector<Broken<Record>>& cases,
                   Validate validate_record) {
  EXPECT_EQ(validate_record(good), "");
  for (const auto& c : cases) {
    Record r = good;
    c.spoil(r);
    EXPECT_EQ(validate_record(r), c.fault);
  }
}

TEST(Validate, endpoint) {
  using R = EndpointRecord;
  R good = endpoint_record(1, 1);
  good.previous_ufrag = Text<16>("OLD+/frag");
  good.srtp_profile = srtp::Profile::aead_aes_256_gcm;
  const char* flag = "endpoint: a flag is neither 0 nor 1";
  const char* ufrag = "endpoint: ufrag too short, too long, or not of ice-chars";
  const char* previous = "endpoint: previous ufrag too short, too long, or not of ice-chars";
  expect_faults<R>(
      good,
      {
          {"endpoint: id 0", [](R& r) { r.id = 0; }},
          {"endpoint: home worker out of range", [](R& r) { r.home_worker = 2; }},
          {"endpoint: unknown SRTP profile", [](R& r) { r.srtp_profile = srtp::Profile(2); }},
          {flag, [](R& r) { r.sends = 2; }},
          {flag, [](R& r) { r.receives = 2; }},
          {flag, [](R& r) { r.transport_feedback = 255; }},
          {flag, [](R& r) { r.reduced_size_rtcp = 2; }},
          {ufrag, [](R& r) { r.ufrag = Text<16>(); }},
          {ufrag, [](R& r) { r.ufrag = Text<16>("abc"); }},
          {ufrag, [](R& r) { r.ufrag = Text<16>("abc:d"); }},
          {ufrag, [](R& r) { r.ufrag.length = 16; }},
          {previous, [](R& r) { r.previous_ufrag = Text<16>("a b c"); }},
          {previous, [](R& r) { r.previous_ufrag.length = 255; }},
          {"endpoint: previous ufrag equals the ufrag", [](R& r) { r.previous_ufrag = r.ufrag; }},
          {"endpoint: negotiation reference out of range",
           [](R& r) { r.negotiation.slot = slot_count(capacities, TableId::negotiation); }},
          {"endpoint: negotiation reference out of range", [](R& r) { r.negotiation = {}; }},
      },
      [](const R& r) { return validate(r, capacities); });
}

TEST(Validate, negotiation) {
  using R = NegotiationRecord;
  expect_faults<R>(
      negotiation_record(),
      {
          {"negotiation: two header extensions share one id",
           [](R& r) { r.recv_extensions.rid = 3; }},
          {"negotiation: two header extensions share one id",
           [](R& r) { r.send_extensions.mid = r.send_extensions.playout_delay = 200; }},
          {"negotiation: receive payload names an unknown codec",
           [](R& r) { r.recv_payloads[5].codec = Codec(6); }},
          {"negotiation: receive payload type above 127",
           [](R& r) { r.recv_payloads[0].payload_type = 128; }},
          {"negotiation: receive payload type above 127",
           [](R& r) { r.recv_payloads[1].rtx_of = 128; }},
          {"negotiation: receive payload type without a codec",
           [](R& r) { r.recv_payloads[9].payload_type = 5; }},
          {"negotiation: two receive payloads share one type",
           [](R& r) {
             r.recv_payloads[31] = {96, Codec::vp9, 0, 0};
           }},
          {"negotiation: RTX payload repairs a type that is not received",
           [](R& r) { r.recv_payloads[1].rtx_of = 98; }},
          {"negotiation: RTX payload repairs a type that is not received",
           [](R& r) { r.recv_payloads[1].rtx_of = 97; }},
          {"negotiation: send payload type above 127",
           [](R& r) { r.send_payloads[1].payload_type = 200; }},
          {"negotiation: send payload type above 127",
           [](R& r) { r.send_payloads[2].rtx_payload_type = 200; }},
          {"negotiation: RTX send payload without the one it repairs",
           [](R& r) { r.send_payloads[3].rtx_payload_type = 99; }},
          {"negotiation: send payload for an unknown codec",
           [](R& r) { r.send_payloads[0].payload_type = 99; }},
          {"negotiation: send payload for an unknown codec",
           [](R& r) { r.send_payloads[7].payload_type = 99; }},
          {"negotiation: two send payloads share one type",
           [](R& r) { r.send_payloads[3].payload_type = 97; }},
      },
      [](const R& r) { return validate(r); });
}

TEST(Validate, keys) {
  using K = EndpointKeys;
  K good = endpoint_keys(1, 1, srtp::Profile::aead_aes_128_gcm);
  good.previous_ice_pwd = good.ice_pwd;
  const char* pwd = "keys: ICE password too short, too long, or not of ice-chars";
  const char* previous = "keys: previous ICE password too short, too long, or not of ice-chars";
  expect_faults<K>(good,
                   {
                       {"keys: unknown SRTP profile", [](K& k) { k.profile = srtp::Profile(9); }},
                       {pwd, [](K& k) { k.ice_pwd = Text<40>(std::string(21, 'a')); }},
                       {pwd, [](K& k) { k.ice_pwd.length = 40; }},
                       {pwd, [](K& k) { k.ice_pwd.chars[7] = '='; }},
                       {previous, [](K& k) { k.previous_ice_pwd.chars[7] = '\0'; }},
                       {"keys: both directions have the same key", [](K& k) { k.send = k.recv; }},
                   },
                   [](const K& k) { return validate(k); });
}

TEST(Validate, keys_belong_to_their_record) {
  EndpointRecord r = endpoint_record(1);
  r.key_epoch = 3;
  r.srtp_profile = srtp::Profile::aead_aes_128_gcm;
  using K = EndpointKeys;
  expect_faults<K>(endpoint_keys(1, 3, srtp::Profile::aead_aes_128_gcm),
                   {
                       {"keys: their epoch is not the record's", [](K& k) { k.epoch = 4; }},
                       {"keys: their SRTP profile is not the record's",
                        [](K& k) { k.profile = srtp::Profile::aead_aes_256_gcm; }},
                   },
                   [&](const K& k) { return validate_pair(r, k); });
  r.previous_ufrag = Text<16>("before");
  EXPECT_EQ(validate_pair(r, endpoint_keys(1, 3, srtp::Profile::aead_aes_128_gcm)),
            "keys: no previous ICE password for the record's previous ufrag");
}

TEST(Validate, track) {
  using R = TrackRecord;
  R good = track_record(1, {15, 1});
  good.encoding_count = 3;
  good.encodings[0].rid = Text<16>("q");
  good.encodings[1].rid = Text<16>("h");
  good.encodings[2] = {100, 200, Text<16>("f")};
  const char* rid = "track: rid too long, empty, or of characters that RFC 8851 does not allow";
  expect_faults<R>(
      good,
      {
          {"track: id 0", [](R& r) { r.id = 0; }},
          {"track: endpoint reference out of range", [](R& r) { r.endpoint = {}; }},
          {"track: endpoint reference out of range", [](R& r) { r.endpoint.slot = 16; }},
          {"track: neither audio nor video", [](R& r) { r.kind = MediaKind::none; }},
          {"track: neither audio nor video", [](R& r) { r.kind = MediaKind(3); }},
          {"track: unknown source", [](R& r) { r.source = TrackSource(7); }},
          {"track: source and kind contradict each other",
           [](R& r) { r.source = TrackSource::microphone; }},
          {"track: a flag is neither 0 nor 1", [](R& r) { r.muted = 2; }},
          {"track: encoding count out of range", [](R& r) { r.encoding_count = 0; }},
          {"track: encoding count out of range", [](R& r) { r.encoding_count = 4; }},
          {"track: audio with several encodings",
           [](R& r) {
             r.kind = MediaKind::audio;
             r.source = TrackSource::microphone;
           }},
          {"track: mid too long or not a token", [](R& r) { r.mid = Text<16>("a;b"); }},
          {"track: mid too long or not a token", [](R& r) { r.mid.length = 200; }},
          {"track: more encodings than it counts", [](R& r) { r.encoding_count = 2; }},
          {rid, [](R& r) { r.encodings[1].rid = Text<16>(); }},
          {rid, [](R& r) { r.encodings[1].rid = Text<16>("h!"); }},
          {rid, [](R& r) { r.encodings[1].rid.length = 77; }},
          {"track: two encodings share one rid", [](R& r) { r.encodings[1].rid = Text<16>("q"); }},
          {"track: neither mid nor SSRC tells its packets", [](R& r) { r.mid = Text<16>(); }},
          {"track: two encodings share one SSRC", [](R& r) { r.encodings[0].ssrc = 200; }},
          {"track: two encodings share one SSRC", [](R& r) { r.encodings[2].rtx_ssrc = 100; }},
      },
      [](const R& r) { return validate(r, capacities); });
}

TEST(Validate, stream) {
  using R = StreamRecord;
  const char* cname = "stream: CNAME empty or not visible ASCII";
  expect_faults<R>(
      stream_record(1, {15, 1}, 10, 11),
      {
          {"stream: id 0", [](R& r) { r.id = 0; }},
          {"stream: endpoint reference out of range", [](R& r) { r.endpoint.generation = 0; }},
          {"stream: endpoint reference out of range", [](R& r) { r.endpoint.slot = ~0u; }},
          {"stream: SSRC 0", [](R& r) { r.ssrc = 0; }},
          {"stream: RTX has the SSRC of the stream", [](R& r) { r.rtx_ssrc = 10; }},
          {"stream: initial sequence number not below 2^15", [](R& r) { r.initial_seq = 0x8000; }},
          {"stream: neither audio nor video", [](R& r) { r.kind = MediaKind::none; }},
          {cname, [](R& r) { r.cname = {}; }},
          {cname, [](R& r) { r.cname.chars[0] = ' '; }},
      },
      [](const R& r) { return validate(r, capacities); });
}

TEST(Validate, subscription) {
  using R = SubscriptionRecord;
  const char* layer = "subscription: layer cap out of range";
  R good = subscription_record({31, 1}, {63, 1});
  good.encoding_cap = 2;
  good.temporal_cap = 7;
  expect_faults<R>(
      good,
      {
          {"subscription: track reference out of range", [](R& r) { r.track.slot = 32; }},
          {"subscription: track reference out of range", [](R& r) { r.track = {}; }},
          {"subscription: stream reference out of range", [](R& r) { r.stream.slot = 64; }},
          {"subscription: encoding cap out of range", [](R& r) { r.encoding_cap = 3; }},
          {layer, [](R& r) { r.spatial_cap = 8; }},
          {layer, [](R& r) { r.temporal_cap = 254; }},
          {"subscription: a flag is neither 0 nor 1", [](R& r) { r.paused = 2; }},
      },
      [](const R& r) { return validate(r, capacities); });
}

}  // namespace
}  // namespace sluice::shm
