// perf/fanout: one packet to N receivers, each under its own key, by the real worker: tables from a
// real publisher, SRTP in, classes, elevator, encryption, frames, tx. The floor is the bare cipher
// (libipsec-mb, one hot key, hot source, destinations as many as the pool's buffers), measured in
// the same process in blocks of at most 20 ms that alternate with the worker's, so that a drifting
// clock cancels out. The port is a ring that holds 4,096 frames back before their buffers are used
// again; a sample of the frames is decrypted by libsrtp with the receiver's key and compared.
#include <intel-ipsec-mb.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/srtp/rollover.h"
#include "common/wire/ipv4.h"
#include "common/wire/rtp.h"
#include "common/wire/udp.h"
#include "perf/bare_cipher.h"
#include "perf/machine.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {
namespace {

constexpr std::size_t held_back = 4'096;
constexpr uint32_t pool_size =
    8'192;  // mbufs each way of the worker, and destinations of the floor
constexpr std::size_t sample_every = 997;
constexpr double block_ms = 10;
constexpr std::size_t rtp_head = 16;  // fixed part and one CSRC
constexpr std::size_t wire_overhead =
    8 + 20 + 14 + 24;  // UDP, IPv4, Ethernet, preamble + FCS + gap

struct Case {
  uint32_t receivers;
  uint32_t size;  // of the SRTP packet
  srtp::Profile profile;
  std::string suite;
};

struct Outcome {
  double worker_ns = 0;  // medians over the blocks
  double cipher_ns = 0;
  double ratio = 0;
  double visit = 0;  // packets a visit, as counted
  uint64_t sent = 0, verified = 0, bad = 0, dropped = 0;
};

double median(std::vector<double> v) {
  if (v.empty()) return 0;
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

// The rig's own tables are valid; anything else is a bug of this bench.
shm::SlotRef must(const Result<shm::SlotRef>& r) {
  if (!r) {
    std::fprintf(stderr, "%s\n", r.error().message.c_str());
    std::exit(1);
  }
  return *r;
}

SocketAddress receiver_address(uint32_t i) {
  SocketAddress a;
  a.ip.family = 4;
  a.ip.bytes = {172, static_cast<uint8_t>(16 + (i >> 16)), static_cast<uint8_t>(i >> 8),
                static_cast<uint8_t>(i)};
  a.port = static_cast<uint16_t>(10'000 + i % 50'000);
  return a;
}

uint32_t receiver_number(const IpAddress& ip) {
  return static_cast<uint32_t>((ip.bytes[1] - 16) << 16 | ip.bytes[2] << 8 | ip.bytes[3]);
}

class Bench {
 public:
  explicit Bench(const Case& c) : case_(c), rig_(setup(c)) { join(); }
  Outcome run(uint32_t per_visit, double seconds);

 private:
  static rig::RigSetup setup(const Case& c) {
    rig::RigSetup s;
    s.capacities.endpoints = c.receivers + 8;
    s.capacities.streams = c.receivers + 8;
    s.capacities.subscriptions = c.receivers + 8;
    s.capacities.tracks = 4;
    s.mbufs = pool_size;
    s.ring_size = 16'384;
    s.hugepages = true;
    s.memory_mib = 256;
    return s;
  }
  void join();
  void settle(int steps);
  void feed(uint32_t packets);
  void collect(bool verify);
  void verify(rte_mbuf* m);
  // Feeds and serves one round; cycles spent in the worker.
  uint64_t round(uint32_t per_visit);

  Case case_;
  rig::NodeRig rig_;
  rig::Client publisher_;
  std::vector<rig::Client> clients_;
  std::vector<shm::SlotRef> streams_;
  std::unique_ptr<rig::SrtpPeer> sender_;
  uint64_t index_ = 1;
  std::vector<std::vector<uint8_t>> sources_;  // by source index, the last ones
  uint64_t seen_ = 0, verified_ = 0, bad_ = 0;
};

void Bench::settle(int steps) {
  for (int i = 0; i < steps; ++i) {
    rig_.advance(20 * ns_per_us);
    rig_.step();
    rig_.drain();
  }
}

void Bench::join() {
  rig::ClientRecord p;
  p.sends = 1;
  p.recv_extensions.mid = 1;
  p.recv_payloads[0] = {96, Codec::vp8, 0, 0};
  SocketAddress at = receiver_address(0);
  at.ip.bytes[0] = 192;
  publisher_ = rig_.add_client(p, at, case_.profile);
  sender_ = std::make_unique<rig::SrtpPeer>(case_.profile, publisher_.to_node);
  shm::TrackRecord t;
  t.id = 1;
  t.endpoint = publisher_.endpoint;
  t.kind = MediaKind::video;
  t.source = shm::TrackSource::camera;
  t.encoding_count = 1;
  t.csrc = 0xc5c5;
  t.mid = shm::Text<16>("0");
  const auto track = must(rig_.publisher().publish(t));
  settle(8);
  rig_.check(publisher_);
  settle(8);
  for (uint32_t i = 0; i < case_.receivers; ++i) {
    rig::ClientRecord r;
    r.receives = 1;
    r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
    clients_.push_back(rig_.add_client(r, receiver_address(i), case_.profile));
    shm::StreamRecord s;
    s.id = i + 1;
    s.endpoint = clients_[i].endpoint;
    s.kind = MediaKind::video;
    s.ssrc = 0x10000 + i;
    s.initial_seq = static_cast<uint16_t>(i % 32'000);
    s.cname = shm::PaddedText<16>("bench");
    streams_.push_back(must(rig_.publisher().publish(s)));
    shm::SubscriptionRecord sub;
    sub.track = track;
    sub.stream = streams_[i];
    must(rig_.publisher().publish(sub));
    if (i % 16 == 15 || i + 1 == case_.receivers) {
      settle(2);
      for (uint32_t j = i - i % 16; j <= i; ++j) rig_.check(clients_[j]);
      settle(1);
    }
  }
  settle(64);
}

void Bench::feed(uint32_t packets) {
  const std::size_t payload = case_.size - rtp_head - srtp::rtp_overhead(case_.profile);
  for (uint32_t i = 0; i < packets; ++i, ++index_) {
    const bool key = index_ == 1;
    auto bytes = rig::vp8_payload(key, static_cast<uint16_t>(index_), payload);
    rig_.send(publisher_,
              rig::make_protected(*sender_, {.ssrc = 7,
                                             .index = index_,
                                             .timestamp = static_cast<uint32_t>(index_ * 3'000),
                                             .marker = true,
                                             .mid_id = index_ == 1 ? uint8_t{1} : uint8_t{0},
                                             .mid = "0",
                                             .payload = bytes}));
    sources_.resize(64);
    sources_[index_ % 64] = std::move(bytes);
  }
}

// Takes what the node sent, but for the newest `held_back` frames.
void Bench::collect(bool checking) {
  rte_ring* ring = rig_.output();
  void* batch[64];
  while (rte_ring_count(ring) > held_back) {
    const unsigned n = rte_ring_dequeue_burst(ring, batch, 64, nullptr);
    for (unsigned i = 0; i < n; ++i) {
      auto* m = static_cast<rte_mbuf*>(batch[i]);
      if (checking && ++seen_ % sample_every == 0) verify(m);
    }
    rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(batch), n);
  }
}

void Bench::verify(rte_mbuf* m) {
  const wire::ByteView frame(rte_pktmbuf_mtod(m, const uint8_t*), m->data_len);
  const auto ethernet = wire::parse_ethernet(frame);
  const auto ip = ethernet ? wire::parse_ipv4(ethernet->payload) : std::nullopt;
  const auto udp = ip ? wire::parse_udp(ip->payload) : std::nullopt;
  const auto rtp = udp ? wire::parse_rtp_header(udp->payload) : std::nullopt;
  if (!rtp || (udp->payload[1] >= 192 && udp->payload[1] <= 223)) return;  // a sender report
  const uint32_t n = receiver_number(ip->destination());
  const uint64_t next = rig_.region().stream(streams_[n].slot).state.next_index.load();
  rig::SrtpPeer peer(case_.profile, clients_[n].from_node);
  const auto plain =
      peer.unprotect(udp->payload, srtp::estimate_index(SrtpIndex(next - 1), rtp->seq()));
  const auto clear = plain ? wire::parse_rtp(*plain) : std::nullopt;
  const bool right = clear && std::any_of(sources_.begin(), sources_.end(), [&](const auto& s) {
                       return std::ranges::equal(s, clear->payload());
                     });
  right ? ++verified_ : ++bad_;
}

uint64_t Bench::round(uint32_t per_visit) {
  feed(per_visit);
  uint64_t cycles = 0;
  bool busy = true;
  while (busy) {
    rig_.advance(50 * ns_per_us);
    const uint64_t before = rte_rdtsc();
    rig_.step();
    cycles += rte_rdtsc() - before;
    busy = !rig_.core().fan_out.idle();
    collect(true);
  }
  return cycles;
}

Outcome Bench::run(uint32_t per_visit, double seconds) {
  perf::BareCipher cipher(case_.profile, case_.size - rtp_head - srtp::rtp_overhead(case_.profile),
                          rtp_head, pool_size);
  const double hz = static_cast<double>(rte_get_tsc_hz());
  round(1);  // the key frame, and everybody opens
  const auto& counters = rig_.counters(0);
  const uint64_t visits_before = counters[shm::Counter::visits];
  const uint64_t sent_before = counters[shm::Counter::sent_media];
  seen_ = verified_ = bad_ = 0;
  std::vector<double> worker_ns, cipher_ns, ratios;
  const uint64_t end = rte_rdtsc() + static_cast<uint64_t>(seconds * hz);
  TimeNs checked_at = rig_.now();
  do {
    uint64_t packets = counters[shm::Counter::sent_media];
    uint64_t cycles = 0;
    while (static_cast<double>(cycles) < block_ms / 1e3 * hz) cycles += round(per_visit);
    packets = counters[shm::Counter::sent_media] - packets;
    const double w = static_cast<double>(cycles) / hz * 1e9 / static_cast<double>(packets);
    const double c = cipher.run(block_ms / 1e3);
    worker_ns.push_back(w);
    cipher_ns.push_back(c);
    ratios.push_back(c / w);
    if (rig_.now() - checked_at > 10 * ns_per_s) {  // consent
      checked_at = rig_.now();
      rig_.check(publisher_);
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        rig_.check(clients_[i]);
        if (i % 512 == 511) settle(10);
      }
      settle(10);
    }
  } while (rte_rdtsc() < end);
  Outcome o;
  o.worker_ns = median(worker_ns);
  o.cipher_ns = median(cipher_ns);
  o.ratio = median(ratios);
  o.sent = counters[shm::Counter::sent_media] - sent_before;
  o.visit = static_cast<double>(o.sent) / static_cast<double>(std::max<uint64_t>(
                                              1, counters[shm::Counter::visits] - visits_before));
  o.verified = verified_;
  o.bad = bad_;
  o.dropped =
      counters.sum(shm::CounterGroup::egress_drop) + counters.sum(shm::CounterGroup::ingress_drop);
  return o;
}

nlohmann::json record_of(const Case& c, uint32_t per_visit, const Outcome& o) {
  return {{"bench", "fanout"},
          {"receivers", c.receivers},
          {"size", c.size},
          {"suite", c.suite},
          {"packets_per_visit", per_visit},
          {"packets_per_visit_counted", o.visit},
          {"ns_per_packet", o.worker_ns},
          {"cipher_ns_per_packet", o.cipher_ns},
          {"gbps", static_cast<double>(c.size + wire_overhead) * 8 / o.worker_ns},
          {"ratio_to_cipher", o.ratio},
          {"sent", o.sent},
          {"verified", o.verified},
          {"bad", o.bad},
          {"dropped", o.dropped},
          {"machine", perf::machine()},
          {"version", SLUICE_VERSION}};
}

int run(int argc, char** argv) {
  CLI::App app("Fan-out of the real worker, beside the bare cipher");
  uint32_t receivers = 0, size = 0;
  std::string suite, json;
  double seconds = 2;
  const std::map<std::string, srtp::Profile> suites{{"aes128gcm", srtp::Profile::aead_aes_128_gcm},
                                                    {"aes256gcm", srtp::Profile::aead_aes_256_gcm},
                                                    {"aescm", srtp::Profile::aes128_cm_sha1_80}};
  app.add_option("--receivers", receivers, "receivers (all: 1 to 50,000)")
      ->check(CLI::Range(1, 500'000));
  app.add_option("--size", size, "bytes of an SRTP packet (all: 160, 600, 1200)")
      ->check(CLI::Range(64, 1'400));
  app.add_option("--suite", suite, "aes128gcm, aes256gcm or aescm (all)")
      ->check(CLI::IsMember(suites));
  app.add_option("--seconds", seconds, "per row");
  app.add_option("--json", json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  const auto all = [](uint32_t one, std::vector<uint32_t> many) {
    return one != 0 ? std::vector<uint32_t>{one} : many;
  };
  nlohmann::json records = nlohmann::json::array();
  std::FILE* table = json == "-" ? stderr : stdout;
  std::fprintf(table, "%9s %6s %10s %6s %10s %10s %8s %7s %10s %9s %4s %8s\n", "receivers", "size",
               "suite", "visit", "ns/packet", "cipher ns", "Gbit/s", "ratio", "sent", "verified",
               "bad", "dropped");
  uint64_t bad = 0;
  for (const auto& [name, profile] : suites) {
    if (!suite.empty() && suite != name) continue;
    for (const uint32_t s : all(size, {160, 600, 1'200})) {
      for (const uint32_t n : all(receivers, {1, 10, 100, 1'000, 10'000, 50'000})) {
        const Case c{n, s, profile, name};
        Bench bench(c);
        for (const uint32_t per_visit : {1u, 2u, 4u, 8u}) {
          const Outcome o = bench.run(per_visit, seconds);
          const auto r = record_of(c, per_visit, o);
          std::fprintf(table, "%9u %6u %10s %6u %10.1f %10.1f %8.1f %7.3f %10lu %9lu %4lu %8lu\n",
                       n, s, name.c_str(), per_visit, o.worker_ns, o.cipher_ns,
                       r["gbps"].get<double>(), o.ratio, o.sent, o.verified, o.bad, o.dropped);
          std::fflush(table);
          records.push_back(r);
          bad += o.bad;
        }
      }
    }
  }
  if (!perf::write_records(json, records)) return 1;
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
