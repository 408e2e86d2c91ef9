// Never a nonce twice: a seeded simulation of everything that renumbers streams. Publishers lose,
// reorder, pad and restart their sources; receivers page between tracks, pause, resume,
// resubscribe; the room mutes; endpoints move to another worker; the data plane is killed and
// started again. Every packet that ever leaves is decrypted by libsrtp, and every (key, SSRC,
// index) must be new.
//
//   nonce_sim [--rounds N] [--seed S]
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/srtp/rollover.h"
#include "common/wire/demux.h"
#include "common/wire/rtp.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {
namespace {

constexpr uint8_t mid_id = 4;
constexpr srtp::Profile profiles[] = {srtp::Profile::aead_aes_128_gcm,
                                      srtp::Profile::aead_aes_256_gcm,
                                      srtp::Profile::aes128_cm_sha1_80};

struct Source {
  rig::Client client;
  std::unique_ptr<rig::SrtpPeer> peer;
  shm::TrackRecord record;
  shm::SlotRef track;
  uint32_t ssrc = 0;
  uint64_t index = 0;
  uint32_t timestamp = 0;
  std::vector<std::vector<uint8_t>> late;  // held back, to arrive out of order
};

struct Sink {
  rig::Client client;
  std::unique_ptr<rig::SrtpPeer> peer;
  struct Lane {
    shm::SlotRef stream;
    shm::SlotRef subscription;
    shm::SubscriptionRecord record;
    uint32_t ssrc = 0;
    uint64_t highest = 0;  // newest index seen; starts at the stream's first minus one
    std::set<uint64_t> seen;
  };
  std::vector<Lane> lanes;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : random_(seed), rig_(setup()) { build(); }
  // False: what went wrong was printed.
  bool run(uint64_t rounds);
  void report() const;

 private:
  static rig::RigSetup setup() {
    rig::RigSetup s;
    s.capacities.workers = 2;
    s.capacities.endpoints = 32;
    s.capacities.tracks = 16;
    s.capacities.streams = 64;
    s.capacities.subscriptions = 64;
    s.capacities.news = 256;
    s.logs = {64, 64U << 10, 64, 16U << 10};
    return s;
  }
  uint64_t pick(uint64_t n) { return std::uniform_int_distribution<uint64_t>(0, n - 1)(random_); }
  bool chance(unsigned percent) { return pick(100) < percent; }
  void build();
  void add_source(MediaKind kind);
  void add_sink();
  void change();
  void move_endpoint();
  void emit(Source& s);
  void step(int n);
  bool collect();
  bool take(const rig::Datagram& d);
  void keep_alive();

  std::mt19937_64 random_;
  rig::NodeRig rig_;
  std::vector<Source> sources_;
  std::vector<Sink> sinks_;
  uint64_t ids_ = 0;
  uint8_t hosts_ = 0;
  uint32_t ssrcs_ = 0x1000;
  uint64_t packets_ = 0, changes_ = 0, restarts_ = 0, moves_ = 0, wraps_ = 0;
  TimeNs alive_at_ = 0;
};

SocketAddress address(uint8_t host) {
  SocketAddress a;
  a.ip = *parse_ip("192.168.1." + std::to_string(host));
  a.port = 7'000;
  return a;
}

shm::SlotRef must(const Result<shm::SlotRef>& r) {
  if (r) return *r;
  std::fprintf(stderr, "publish: %s\n", r.error().message.c_str());
  std::exit(1);
}

void Simulation::add_source(MediaKind kind) {
  Source s;
  rig::ClientRecord e;
  e.sends = 1;
  e.home_worker = static_cast<uint8_t>(pick(2));
  e.recv_extensions.mid = mid_id;
  e.recv_payloads[0] = {96, Codec::vp8, 0, 0};
  e.recv_payloads[1] = {111, Codec::opus, 0, 0};
  s.client = rig_.add_client(e, address(++hosts_), profiles[pick(3)]);
  s.peer = std::make_unique<rig::SrtpPeer>(s.client.profile, s.client.to_node);
  s.record.id = ++ids_;
  s.record.endpoint = s.client.endpoint;
  s.record.kind = kind;
  s.record.source =
      kind == MediaKind::audio ? shm::TrackSource::microphone : shm::TrackSource::camera;
  s.record.encoding_count = 1;
  s.record.csrc = static_cast<uint32_t>(ids_);
  s.record.mid = shm::Text<16>("0");
  s.track = must(rig_.publisher().publish(s.record));
  s.ssrc = ++ssrcs_;
  s.index = 65'000 + pick(500);  // wraps soon
  sources_.push_back(std::move(s));
}

void Simulation::add_sink() {
  Sink k;
  rig::ClientRecord e;
  e.receives = 1;
  e.home_worker = static_cast<uint8_t>(pick(2));
  e.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
  e.send_payloads[static_cast<std::size_t>(Codec::opus)] = {101, 0};
  k.client = rig_.add_client(e, address(++hosts_), profiles[pick(3)]);
  k.peer = std::make_unique<rig::SrtpPeer>(k.client.profile, k.client.from_node);
  for (const MediaKind kind : {MediaKind::video, MediaKind::video, MediaKind::audio}) {
    shm::StreamRecord s;
    s.id = ++ids_;
    s.endpoint = k.client.endpoint;
    s.kind = kind;
    s.ssrc = ++ssrcs_;
    s.initial_seq = static_cast<uint16_t>(32'700 + pick(68));
    s.cname = shm::PaddedText<16>("sim");
    Sink::Lane lane;
    lane.stream = must(rig_.publisher().publish(s));
    lane.ssrc = s.ssrc;
    lane.highest = s.initial_seq - 1u;
    lane.record.stream = lane.stream;
    k.lanes.push_back(lane);
  }
  sinks_.push_back(std::move(k));
}

void Simulation::build() {
  for (int i = 0; i < 3; ++i) add_source(MediaKind::video);
  for (int i = 0; i < 2; ++i) add_source(MediaKind::audio);
  for (int i = 0; i < 3; ++i) add_sink();
  step(4);
  // As if the streams had been running for a while: their sequence numbers soon wrap.
  for (Sink& k : sinks_) {
    for (Sink::Lane& lane : k.lanes) {
      lane.highest = 65'300 + pick(200);
      rig_.region().stream(lane.stream.slot).state.next_index.store(lane.highest + 1);
    }
  }
  keep_alive();
  step(4);
  keep_alive();
  step(4);
  rig_.receive();
}

void Simulation::keep_alive() {
  alive_at_ = rig_.now();
  for (const Source& s : sources_) rig_.check(s.client);
  for (const Sink& k : sinks_) rig_.check(k.client);
}

void Simulation::step(int n) {
  for (int i = 0; i < n; ++i) {
    rig_.advance(ns_per_ms);
    rig_.step();
  }
}

// Clients go on sending to the port they know; half of them hear of the new one.
void Simulation::move_endpoint() {
  ++moves_;
  const bool sends = chance(50);
  Source& source = sources_[pick(sources_.size())];
  Sink& sink = sinks_[pick(sinks_.size())];
  rig::Client& client = sends ? source.client : sink.client;
  shm::EndpointRecord r;
  rig_.region().endpoint(client.endpoint.slot).record.read(r);
  const auto home = static_cast<uint8_t>(1 - r.home_worker);
  shm::Belongings all;
  if (sends) {
    all.tracks = {source.track};
  } else {
    for (const Sink::Lane& lane : sink.lanes) {
      all.streams.push_back(lane.stream);
      if (lane.subscription) all.subscriptions.push_back(lane.subscription);
    }
  }
  const Status moved = rig_.publisher().move(client.endpoint, home, all);
  if (!moved) std::fprintf(stderr, "move: %s\n", moved.error().message.c_str());
  if (!moved) std::exit(1);
  if (chance(50)) client.home = home;
  if (chance(50)) return;
  step(1);
  rig_.check(client);
}

// One table change, or an accident.
void Simulation::change() {
  ++changes_;
  Sink& k = sinks_[pick(sinks_.size())];
  Sink::Lane& lane = k.lanes[pick(k.lanes.size())];
  const MediaKind kind = &lane == &k.lanes.back() ? MediaKind::audio : MediaKind::video;
  const uint64_t what = pick(100);
  if (what < 45) {  // page to another (or the same) track
    if (lane.subscription) rig_.publisher().retire(shm::TableId::subscription, lane.subscription);
    lane.subscription = {};
    if (chance(15)) return;
    if (chance(30)) step(1);
    std::vector<const Source*> fitting;
    for (const Source& s : sources_) {
      if (s.record.kind == kind) fitting.push_back(&s);
    }
    lane.record.track = fitting[pick(fitting.size())]->track;
    lane.record.paused = 0;
    lane.subscription = must(rig_.publisher().publish(lane.record));
  } else if (what < 65) {  // pause or resume
    if (!lane.subscription) return;
    lane.record.paused ^= 1;
    (void)rig_.publisher().update(lane.subscription, lane.record);
  } else if (what < 75) {  // the room mutes or unmutes
    Source& s = sources_[pick(sources_.size())];
    s.record.muted ^= 1;
    (void)rig_.publisher().update(s.track, s.record);
  } else if (what < 85) {  // the browser replaces its source
    Source& s = sources_[pick(sources_.size())];
    s.ssrc = ++ssrcs_;
    s.index = pick(65'536);
    s.late.clear();
  } else if (what < 92) {  // the source jumps
    sources_[pick(sources_.size())].index += pick(40'000);
  } else if (what < 95) {  // kill -9
    ++restarts_;
    rig_.restart_workers();
    step(2);
    keep_alive();
  } else {
    move_endpoint();
  }
  rig_.publisher().reclaim(true);
}

void Simulation::emit(Source& s) {
  rig::PacketSpec p;
  p.ssrc = s.ssrc;
  p.index = s.index++;
  p.timestamp = s.timestamp += 3'000;
  p.payload_type = s.record.kind == MediaKind::audio ? 111 : 96;
  p.marker = true;
  p.mid_id = mid_id;
  p.mid = "0";
  if (chance(8)) {
    p.padding = static_cast<uint8_t>(1 + pick(200));
  } else {
    p.payload = s.record.kind == MediaKind::audio
                    ? std::vector<uint8_t>(60, 1)
                    : rig::vp8_payload(chance(25), static_cast<uint16_t>(p.index), 40 + pick(600));
  }
  auto bytes = rig::make_protected(*s.peer, p);
  if (chance(5)) return;  // lost on the way in
  if (chance(5)) {
    s.late.push_back(std::move(bytes));
    return;
  }
  rig_.send(s.client, bytes);
  if (chance(2)) rig_.send(s.client, bytes);  // twice
  if (!s.late.empty() && chance(30)) {
    rig_.send(s.client, s.late.back());
    s.late.pop_back();
  }
}

bool Simulation::take(const rig::Datagram& d) {
  if (wire::demux(d.bytes) != wire::Protocol::srtp) return true;
  for (Sink& k : sinks_) {
    if (!(k.client.address == d.to)) continue;
    const auto rtp = wire::parse_rtp_header(d.bytes);
    for (Sink::Lane& lane : k.lanes) {
      if (!rtp || rtp->ssrc().value() != lane.ssrc) continue;
      const uint64_t index = srtp::estimate_index(SrtpIndex(lane.highest), rtp->seq()).value();
      if (!k.peer->unprotect(d.bytes, SrtpIndex(index))) {
        std::fprintf(
            stderr,
            "a receiver's roll-over counter lost track: ssrc %x, seq %u, highest index %lu\n",
            lane.ssrc, rtp->seq().value(), lane.highest);
        return false;
      }
      if (!lane.seen.insert(index).second) {
        std::fprintf(stderr, "index %lu of ssrc %x was used twice\n", index, lane.ssrc);
        return false;
      }
      wraps_ += (index >> 16) > (lane.highest >> 16) ? 1 : 0;
      lane.highest = std::max(lane.highest, index);
      ++packets_;
      return true;
    }
  }
  std::fprintf(stderr, "a packet for nobody\n");
  return false;
}

bool Simulation::collect() {
  for (const auto& d : rig_.receive()) {
    if (!take(d)) return false;
  }
  const auto c = rig_.counters();
  if (shm::received_imbalance(c) != 0 || shm::visited_imbalance(c) != 0) {
    std::fprintf(stderr, "an identity does not hold: received %ld, visited %ld\n",
                 shm::received_imbalance(c), shm::visited_imbalance(c));
    return false;
  }
  return true;
}

bool Simulation::run(uint64_t rounds) {
  for (uint64_t r = 0; r < rounds; ++r) {
    if (chance(20)) change();
    for (Source& s : sources_) emit(s);
    step(1 + static_cast<int>(pick(2)));
    if (!collect()) return false;
    if (rig_.now() - alive_at_ > 10 * ns_per_s) keep_alive();
  }
  return true;
}

void Simulation::report() const {
  std::printf(
      "%lu packets decrypted, each index once; %lu changes, %lu restarts, %lu moves, %lu "
      "roll-overs\n",
      packets_, changes_, restarts_, moves_, wraps_);
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  CLI::App app("Never a nonce twice");
  uint64_t rounds = 20'000, seed = std::random_device{}();
  app.add_option("--rounds", rounds, "rounds of one packet per source");
  app.add_option("--seed", seed, "repeats a run");
  CLI11_PARSE(app, argc, argv);
  std::printf("run again with: nonce_sim --rounds %lu --seed %lu\n", rounds, seed);
  sluice::Simulation simulation(seed);
  if (!simulation.run(rounds)) return 1;
  simulation.report();
  return 0;
}
