#include "tests/golden/tables.h"

#include <yaml-cpp/yaml.h>

#include <map>
#include <stdexcept>

namespace sluice::golden {
namespace {

srtp::MasterKey key_of(uint8_t byte) {
  srtp::MasterKey k;
  k.key.fill(byte);
  k.salt.fill(byte);
  return k;
}

srtp::Profile profile_of(const std::string& name) {
  for (auto p : {srtp::Profile::aes128_cm_sha1_80, srtp::Profile::aead_aes_128_gcm,
                 srtp::Profile::aead_aes_256_gcm, srtp::Profile::none}) {
    if (srtp::name_of(p) == name) return p;
  }
  throw std::runtime_error("no SRTP profile " + name);
}

Codec codec_of(const std::string& name) {
  for (uint8_t c = 1; c < codec_count; ++c) {
    if (name_of(static_cast<Codec>(c)) == name) return static_cast<Codec>(c);
  }
  throw std::runtime_error("no codec " + name);
}

MediaKind kind_of_text(const std::string& text) {
  if (text == "audio") return MediaKind::audio;
  if (text == "video") return MediaKind::video;
  throw std::runtime_error("no kind " + text);
}

// Unmarked, unless the case says otherwise.
uint8_t dscp_of(const YAML::Node& dscp, const char* kind) {
  return dscp && dscp[kind] ? dscp[kind].as<uint8_t>() : 0;
}

SocketAddress address_of(const YAML::Node& node) {
  const auto ip = parse_ip(node[0].as<std::string>());
  if (!ip) throw std::runtime_error(ip.error().message);
  return {*ip, node[1].as<uint16_t>(), 0};
}

EndpointCase endpoint_of(const YAML::Node& n, uint64_t id) {
  EndpointCase e;
  e.name = n["name"].as<std::string>();
  e.address = address_of(n["address"]);
  shm::EndpointRecord& r = e.record;
  r.id = id;
  r.ufrag = shm::Text<16>(n["ufrag"].as<std::string>());
  r.srtp_profile = profile_of(n["profile"].as<std::string>("none"));
  r.rtcp_ssrc = 0xf0000000 + static_cast<uint32_t>(id);
  r.transport_feedback = n["transport_cc"].IsDefined();
  shm::NegotiationRecord& negotiated = e.negotiation;
  negotiated.recv_extensions.mid = n["mid_extension"].as<uint8_t>(0);
  negotiated.recv_extensions.transport_cc = n["transport_cc"].as<uint8_t>(0);
  std::size_t i = 0;
  for (const auto& p : n["takes"]) {
    r.sends = 1;
    negotiated.recv_payloads[i++] = {p.second.as<uint8_t>(), codec_of(p.first.as<std::string>()), 0,
                                     0};
  }
  for (const auto& p : n["gets"]) {
    r.receives = 1;
    negotiated.send_payloads[static_cast<std::size_t>(codec_of(p.first.as<std::string>()))] = {
        p.second.as<uint8_t>(), 0};
  }
  e.keys.ice_pwd = shm::Text<40>(n["password"].as<std::string>());
  if (r.srtp_profile != srtp::Profile::none) {
    r.key_epoch = e.keys.epoch = 1;
    e.keys.profile = r.srtp_profile;
    e.keys.recv = key_of(n["key_to_node"].as<uint8_t>());
    e.keys.send = key_of(n["key_from_node"].as<uint8_t>());
  }
  return e;
}

TrackCase track_of(const YAML::Node& n, uint64_t id) {
  TrackCase t{n["name"].as<std::string>(), n["endpoint"].as<std::string>(), {}};
  t.record.id = id;
  t.record.kind = kind_of_text(n["kind"].as<std::string>());
  t.record.source =
      t.record.kind == MediaKind::audio ? shm::TrackSource::microphone : shm::TrackSource::camera;
  t.record.encoding_count = 1;
  t.record.muted = n["muted"].as<bool>(false);
  t.record.csrc = n["csrc"].as<uint32_t>();
  t.record.mid = shm::Text<16>(n["mid"].as<std::string>());
  return t;
}

StreamCase stream_of(const YAML::Node& n, uint64_t id) {
  StreamCase s{n["name"].as<std::string>(), n["endpoint"].as<std::string>(), {}};
  s.record.id = id;
  s.record.kind = kind_of_text(n["kind"].as<std::string>());
  s.record.ssrc = n["ssrc"].as<uint32_t>();
  s.record.initial_seq = n["first_sequence"].as<uint16_t>();
  s.record.initial_timestamp = n["first_timestamp"].as<uint32_t>();
  s.record.cname = shm::PaddedText<16>(n["cname"].as<std::string>());
  return s;
}

using Refs = std::map<std::string, shm::SlotRef>;

// The slot of a record that was published before.
Result<shm::SlotRef> ref_of(const Refs& refs, const std::string& name) {
  const auto found = refs.find(name);
  if (found == refs.end()) return Error{"tables: no '" + name + "'"};
  return found->second;
}

}  // namespace

const EndpointCase& Tables::endpoint(const std::string& name) const {
  for (const auto& e : endpoints) {
    if (e.name == name) return e;
  }
  throw std::runtime_error("tables: no endpoint '" + name + "'");
}

Result<Tables> read_tables(const std::string& path) {
  try {
    const YAML::Node root = YAML::LoadFile(path);
    Tables t;
    t.end = root["end_ms"].as<int64_t>() * ns_per_ms;
    t.vlan = root["vlan"].as<uint16_t>(0);
    const YAML::Node dscp = root["dscp"];
    t.dscp = {.audio = dscp_of(dscp, "audio"),
              .video = dscp_of(dscp, "video"),
              .control = dscp_of(dscp, "control")};
    uint64_t id = 0;
    for (const auto& n : root["endpoints"]) t.endpoints.push_back(endpoint_of(n, ++id));
    for (const auto& n : root["tracks"]) t.tracks.push_back(track_of(n, ++id));
    for (const auto& n : root["streams"]) t.streams.push_back(stream_of(n, ++id));
    for (const auto& n : root["subscriptions"]) {
      t.subscriptions.push_back({n["track"].as<std::string>(), n["stream"].as<std::string>()});
    }
    return t;
  } catch (const std::exception& e) {
    return Error{path + ": " + e.what()};
  }
}

Status publish(const Tables& tables, shm::Publisher& publisher) {
  Refs refs;
  const auto keep = [&](const std::string& name, const Result<shm::SlotRef>& ref) -> Status {
    if (!ref) return Error{name + ": " + ref.error().message};
    refs[name] = *ref;
    return {};
  };
  for (const auto& e : tables.endpoints) {
    if (auto s = keep(e.name, publisher.publish(e.record, e.keys, e.negotiation)); !s) return s;
  }
  for (auto t : tables.tracks) {
    const auto endpoint = ref_of(refs, t.endpoint);
    if (!endpoint) return endpoint.error();
    t.record.endpoint = *endpoint;
    if (auto s = keep(t.name, publisher.publish(t.record)); !s) return s;
  }
  for (auto st : tables.streams) {
    const auto endpoint = ref_of(refs, st.endpoint);
    if (!endpoint) return endpoint.error();
    st.record.endpoint = *endpoint;
    if (auto s = keep(st.name, publisher.publish(st.record)); !s) return s;
  }
  for (const auto& s : tables.subscriptions) {
    const auto track = ref_of(refs, s.track), stream = ref_of(refs, s.stream);
    if (!track) return track.error();
    if (!stream) return stream.error();
    shm::SubscriptionRecord r;
    r.track = *track;
    r.stream = *stream;
    if (auto done = keep(s.track + " -> " + s.stream, publisher.publish(r)); !done) return done;
  }
  return {};
}

}  // namespace sluice::golden
