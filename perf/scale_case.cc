#include "perf/scale_case.h"

#include <rte_cycles.h>
#include <rte_launch.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "dataplane/eal.h"
#include "perf/median.h"

namespace sluice::perf {
namespace {

constexpr double block_seconds = 0.01;
constexpr double patience_seconds = 2;  // for what the other worker still has to send

uint64_t cycles_of(double seconds) {
  return static_cast<uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
}

// Packets of both in a nanosecond.
double per_ns(const std::array<double, 2>& ns) {
  return 1 / ns[0] + 1 / ns[1];
}

}  // namespace

// 0 and 1: local to that worker; 2: from worker 0 to both.
AudienceSetup ScaleBench::audience_setup(const ScaleCase& c, uint8_t number) {
  AudienceSetup s;
  s.profile = c.profile;
  s.tracks[0].codec = c.codec;
  s.number = number;
  s.publisher_home = number == 1 ? 1 : 0;
  s.receivers = number == 2 ? 2 * c.receivers : c.receivers;
  s.receiver_homes = number == 2 ? std::vector<uint8_t>{0, 1} : std::vector<uint8_t>(1, number);
  return s;
}

rig::RigSetup ScaleBench::rig_setup(const ScaleCase& c) {
  rig::RigSetup s = Audience::rig_setup(audience_setup(c, 0));
  s.capacities.workers = 2;
  s.capacities.endpoints = s.capacities.streams = s.capacities.subscriptions = 4 * c.receivers + 16;
  s.capacities.tracks = 8;
  s.cores = {c.cores[0], c.cores[1]};
  s.deliver_home = true;
  return s;
}

ScaleBench::CoreCipher::CoreCipher(const ScaleCase& c)
    : destinations(Audience::buffers),
      cipher(c.profile, c.size - Audience::rtp_head - srtp::rtp_overhead(c.profile),
             Audience::rtp_head, destinations) {}

ScaleBench::ScaleBench(const ScaleCase& c)
    : case_(c),
      rig_(rig_setup(c)),
      local_{Audience(rig_, audience_setup(c, 0)), Audience(rig_, audience_setup(c, 1))},
      cross_(rig_, audience_setup(c, 2)),
      lanes_{Lane(rig_, 0), Lane(rig_, 1)},
      ciphers_{CoreCipher(c), CoreCipher(c)} {
  for (Audience* a : {&local_[0], &local_[1], &cross_}) a->open();
  // While one opened, it saw frames of the others.
  for (Audience* a : {&local_[0], &local_[1], &cross_}) a->check().reset();
}

int ScaleBench::start(void* job) {
  auto& j = *static_cast<Job*>(job);
  (j.bench->*j.run)(*j.lane, j.audience);
  j.left->fetch_sub(1);
  j.left->notify_one();
  return 0;
}

// Runs the jobs on their workers' cores; this thread sleeps meanwhile.
void ScaleBench::launch(std::initializer_list<Job> jobs) {
  std::atomic<uint32_t> left = static_cast<uint32_t>(jobs.size());
  block_.started = block_.measured = 0;
  block_.warm = block_.fed_last = false;
  block_.threads = static_cast<uint32_t>(jobs.size());
  std::vector<Job> running(jobs);
  for (Job& j : running) {
    j.bench = this;
    j.left = &left;
    rte_eal_remote_launch(start, &j, dataplane::worker_lcore(j.lane->worker()));
  }
  while (const uint32_t n = left.load()) left.wait(n);
  for (const Job& j : running) rte_eal_wait_lcore(dataplane::worker_lcore(j.lane->worker()));
  after_block();
}

// As many as go once round the buffers, whose memory has gone cold meanwhile.
uint32_t ScaleBench::warm_rounds() const {
  return 1 + Audience::buffers / (case_.receivers * case_.packets_per_visit);
}

void ScaleBench::start_together() {
  block_.started.fetch_add(1);
  while (block_.started.load() < block_.threads) {
  }
}

// A block of one worker with its own publisher; it goes on until the other one has its block too.
void ScaleBench::feed_and_serve(Lane& lane, Audience* audience) {
  for (uint32_t i = 0; i < warm_rounds(); ++i) {
    audience->feed(0, case_.packets_per_visit, case_.size);
    lane.serve();
  }
  lane.forget();
  start_together();
  const uint64_t enough = cycles_of(block_seconds);
  bool measured = false;
  while (!measured || block_.measured.load() < block_.threads) {
    audience->feed(0, case_.packets_per_visit, case_.size);
    lane.serve();
    if (measured || lane.served().cycles < enough) continue;
    measured = true;
    block_.measured.fetch_add(1);
  }
}

// Worker 0 of the cross audience: a round is over when the other worker has sent it too.
void ScaleBench::feed_both_workers(Lane& lane, Audience* audience) {
  const Lane& other = lanes_[1];
  uint32_t rounds = 0;
  while (!block_.warm || lane.served().cycles < cycles_of(block_seconds)) {
    const uint64_t due = other.sent() + uint64_t{case_.packets_per_visit} * case_.receivers;
    audience->feed(0, case_.packets_per_visit, case_.size);
    lane.serve();
    const uint64_t end = rte_rdtsc() + cycles_of(patience_seconds);
    while (other.sent() < due && rte_rdtsc() < end) {
    }
    if (block_.warm || ++rounds < warm_rounds()) continue;
    lane.forget();
    block_.warm = true;
  }
  block_.fed_last = true;
}

void ScaleBench::serve_what_comes(Lane& lane, Audience*) {
  while (!block_.warm) {
    lane.serve();
    lane.forget();
  }
  while (!block_.fed_last) lane.serve();
}

// The bare cipher in a worker's place.
void ScaleBench::only_encrypt(Lane& lane, Audience*) {
  CoreCipher& c = ciphers_[lane.worker()];
  start_together();
  c.ns = c.cipher.run(block_seconds);
  block_.measured.fetch_add(1);
  while (block_.measured.load() < block_.threads) c.cipher.run(block_seconds / 100);
}

std::array<double, 2> ScaleBench::run_cipher(bool first, bool second) {
  const Job zero{nullptr, &lanes_[0], nullptr, &ScaleBench::only_encrypt, nullptr};
  const Job one{nullptr, &lanes_[1], nullptr, &ScaleBench::only_encrypt, nullptr};
  if (first && second) {
    launch({zero, one});
  } else {
    launch({first ? zero : one});
  }
  return {ciphers_[0].ns, ciphers_[1].ns};
}

std::array<double, 2> ScaleBench::run_local(bool first, bool second) {
  const bool both = first && second;
  for (uint32_t w = 0; w < 2; ++w) lanes_[w].begin(both ? &lanes_[1 - w] : nullptr);
  const Job zero{nullptr, &lanes_[0], &local_[0], &ScaleBench::feed_and_serve, nullptr};
  const Job one{nullptr, &lanes_[1], &local_[1], &ScaleBench::feed_and_serve, nullptr};
  if (both) {
    launch({zero, one});
  } else {
    launch({first ? zero : one});
  }
  return {lanes_[0].ns_per_packet(), lanes_[1].ns_per_packet()};
}

std::array<double, 2> ScaleBench::run_cross() {
  for (Lane& lane : lanes_) lane.begin(nullptr);
  launch({{nullptr, &lanes_[0], &cross_, &ScaleBench::feed_both_workers, nullptr},
          {nullptr, &lanes_[1], nullptr, &ScaleBench::serve_what_comes, nullptr}});
  return {lanes_[0].ns_per_packet(), lanes_[1].ns_per_packet()};
}

void ScaleBench::after_block() {
  rig_.advance(std::max(lanes_[0].now(), lanes_[1].now()) - rig_.now());
  for (Lane& lane : lanes_) {
    for (const auto& frame : lane.take_samples()) {
      const bool known = local_[0].check().verify(frame) || local_[1].check().verify(frame) ||
                         cross_.check().verify(frame);
      if (!known) ++checked_.bad;
    }
  }
  for (Audience* a : {&local_[0], &local_[1], &cross_}) a->keep_consent();
}

ScaleResult ScaleBench::run(double seconds) {
  const uint64_t sent_before = rig_.counters()[shm::Counter::sent_media];
  const uint64_t dropped_before = cross_.dropped();
  std::array<std::vector<double>, 2> alone, both, cross, cost, cipher_alone, cipher_both, ratio;
  std::vector<double> sums, cipher_sums;
  std::size_t first = 0;
  const uint64_t end = rte_rdtsc() + cycles_of(seconds);
  do {
    // Whose block comes right before the common one changes each time.
    std::array<double, 2> one, cipher_one;
    for (const std::size_t w : {first, 1 - first}) {
      one[w] = run_local(w == 0, w == 1)[w];
      cipher_one[w] = run_cipher(w == 0, w == 1)[w];
    }
    first = 1 - first;
    const auto two = run_local(true, true);
    const auto cipher_two = run_cipher(true, true);
    const auto across = run_cross();
    for (std::size_t w = 0; w < 2; ++w) {
      alone[w].push_back(one[w]);
      both[w].push_back(two[w]);
      cross[w].push_back(across[w]);
      cost[w].push_back(across[w] - two[w]);
      cipher_alone[w].push_back(cipher_one[w]);
      cipher_both[w].push_back(cipher_two[w]);
    }
    sums.push_back(per_ns(two) / (per_ns(one) / 2));
    cipher_sums.push_back(per_ns(cipher_two) / (per_ns(cipher_one) / 2));
    ratio[0].push_back(per_ns(one) / per_ns(cipher_one));
    ratio[1].push_back(per_ns(two) / per_ns(cipher_two));
  } while (rte_rdtsc() < end);
  ScaleResult r;
  for (std::size_t w = 0; w < 2; ++w) {
    r.alone[w] = median(alone[w]);
    r.both[w] = median(both[w]);
    r.cross[w] = median(cross[w]);
    r.hand_over_cost[w] = median(cost[w]);
    r.cipher_alone[w] = median(cipher_alone[w]);
    r.cipher_both[w] = median(cipher_both[w]);
    r.ratio_to_cipher[w] = median(ratio[w]);
  }
  r.sum_over_one = median(sums);
  r.cipher_sum_over_one = median(cipher_sums);
  r.sent = rig_.counters()[shm::Counter::sent_media] - sent_before;
  r.dropped = cross_.dropped() - dropped_before;
  r.checked = checked_;
  for (Audience* a : {&local_[0], &local_[1], &cross_}) {
    r.checked.verified += a->check().counts().verified;
    r.checked.bad += a->check().counts().bad;
  }
  return r;
}

}  // namespace sluice::perf
