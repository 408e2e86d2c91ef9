#include "perf/fanout_case.h"

#include <rte_cycles.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "perf/bare_cipher.h"
#include "perf/core_pin.h"
#include "perf/median.h"

namespace sluice::perf {
namespace {

constexpr double block_seconds = 0.01;
constexpr uint32_t rounds_at_once = 32;
}  // namespace

AudienceSetup FanoutBench::setup(const FanoutCase& c) {
  AudienceSetup s;
  s.profile = c.profile;
  s.receivers = c.receivers;
  s.tracks[0].codec = c.codec;
  return s;
}

rig::RigSetup FanoutBench::rig_setup(const FanoutCase& c) {
  return Audience::rig_setup(setup(c));
}

FanoutBench::FanoutBench(const FanoutCase& c)
    : case_(c), rig_(rig_setup(c)), audience_(rig_, setup(c)) {
  if (!pin_to_core(c.core)) std::exit(1);
  audience_.open();
  sockets_ = SocketFloor::start(c.floor_program, {c.profile, c.receivers, c.size, c.core});
}

void FanoutBench::round(uint32_t packets_per_visit) {
  if (audience_.prepared() == 0)
    audience_.prepare(0, rounds_at_once * packets_per_visit, case_.size);
  audience_.push_prepared(packets_per_visit);
  audience_.serve();
}

// Nanoseconds per packet sent.
double FanoutBench::worker_block(uint32_t packets_per_visit) {
  const auto enough = static_cast<uint64_t>(block_seconds * static_cast<double>(rte_get_tsc_hz()));
  const Served begin = audience_.served();
  while (audience_.served().packets - begin.packets < Audience::buffers) round(packets_per_visit);
  const Served warm = audience_.served();
  while (audience_.served().cycles - warm.cycles < enough) round(packets_per_visit);
  const Served end = audience_.served();
  audience_.keep_consent();
  return static_cast<double>(end.cycles - warm.cycles) / static_cast<double>(rte_get_tsc_hz()) *
         1e9 / static_cast<double>(end.packets - warm.packets);
}

FanoutResult FanoutBench::run(uint32_t packets_per_visit, double seconds) {
  DestinationRing destinations(Audience::buffers);
  BareCipher cipher(case_.profile,
                    case_.size - Audience::rtp_head - srtp::rtp_overhead(case_.profile),
                    Audience::rtp_head, destinations);
  const auto& counters = rig_.counters(0);
  const uint64_t visits_before = counters[shm::Counter::visits];
  const uint64_t sent_before = counters[shm::Counter::sent_media];
  const uint64_t dropped_before = audience_.dropped();
  audience_.check().reset();
  std::vector<double> worker, bare, to_bare;
  std::array<std::vector<double>, socket_ways> socket, to_socket;
  const uint64_t end =
      rte_rdtsc() + static_cast<uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
  do {
    const double ns = worker_block(packets_per_visit);
    worker.push_back(ns);
    bare.push_back(cipher.run(block_seconds));
    to_bare.push_back(bare.back() / ns);
    for (std::size_t w = 0; sockets_ != nullptr && w < socket_ways; ++w) {
      const auto t = sockets_->run(static_cast<SocketWay>(w), packets_per_visit, block_seconds);
      if (!t) continue;
      socket[w].push_back(*t);
      to_socket[w].push_back(*t / ns);
    }
  } while (rte_rdtsc() < end);
  FanoutResult r;
  r.worker_ns = median(worker);
  r.cipher_ns = median(bare);
  r.to_cipher = median(to_bare);
  for (std::size_t w = 0; w < socket_ways; ++w) {
    r.socket_ns[w] = median(socket[w]);
    r.to_socket[w] = median(to_socket[w]);
  }
  r.sent = counters[shm::Counter::sent_media] - sent_before;
  r.visit = static_cast<double>(r.sent) / static_cast<double>(std::max<uint64_t>(
                                              1, counters[shm::Counter::visits] - visits_before));
  r.checked = audience_.check().counts();
  r.dropped = audience_.dropped() - dropped_before;
  return r;
}

}  // namespace sluice::perf
