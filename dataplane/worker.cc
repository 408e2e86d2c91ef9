#include "dataplane/worker.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "dataplane/port/handover.h"
#include "dataplane/stages.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;
using shm::Stage;

constexpr TimeNs loop_threshold_ns = ns_per_ms;
constexpr TimeNs publish_interval_ns = ns_per_ms;
constexpr int bursts_per_loop = 4;

TimeNs clock_ns(clockid_t id) {
  timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * ns_per_s + t.tv_nsec;
}

void sleep_us(uint32_t us) {
  const timespec t{0, static_cast<long>(us) * 1'000};
  nanosleep(&t, nullptr);
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::create(const WorkerSetup& setup) {
  auto engine = srtp::Engine::create(setup.engine);
  if (!engine) return engine.error();
  return std::unique_ptr<Worker>(new Worker(setup, std::move(*engine)));
}

Worker::Worker(const WorkerSetup& setup, std::unique_ptr<srtp::Engine> engine)
    : setup_(setup),
      core_(setup.node, setup.id, setup.pool, std::move(engine)),
      neighbours_(setup.node.ports, setup.id, core_.tx, core_.counters),
      rx_(setup.node.ports, *setup.node.handover, setup.id, core_.counters),
      classifier_(setup.node.ports, *setup.node.handover, neighbours_, setup.id, core_.counters) {}

// Until the queues are empty, or some bursts: a loop that fans out is long enough for several to
// arrive. A sender that was held up sends what it has at once; its receivers then come first.
std::size_t Worker::take_bursts(TimeNs now) {
  std::size_t received = 0;
  for (int i = 0; i < bursts_per_loop; ++i) {
    const std::size_t n = rx_.receive(batch_);
    core_.clock.lap(Stage::receive, n);
    received += n;
    if (n != 0) take_burst(now);
    const auto crowded = [this](uint32_t track) { return core_.fan_out.crowded(track); };
    if (n < burst_max || std::ranges::any_of(core_.advanced, crowded)) break;
  }
  return received;
}

// One burst through the stages between rx and fan-out.
void Worker::take_burst(TimeNs now) {
  Core& k = core_;
  classified_.clear();
  const std::size_t received = batch_.count;
  classifier_.classify(batch_, now, classified_);
  if (k.away != 0) pass_on(k, classified_);
  if (k.mirror.running()) [[unlikely]]
    k.mirror.received(classified_);
  k.clock.lap(Stage::classify, received);
  answer_checks(k, classified_.stun);
  k.clock.lap(Stage::stun, classified_.stun.count);
  punt_handshakes(k, classified_.dtls);
  k.clock.lap(Stage::handshake, classified_.dtls.count);
  unprotect(k, classified_.srtp);
  k.clock.lap(Stage::unprotect, classified_.srtp.count);
  take_feedback(k, classified_.srtcp);
  k.clock.lap(Stage::feedback, classified_.srtcp.count);
}

bool Worker::loop(TimeNs now, UnixNs unix_now) {
  Core& k = core_;
  k.now = now;
  k.unix_now = unix_now;
  k.wake_control = false;
  k.budgets.refresh(now);
  const uint64_t sent_before = k.counters[Counter::tx_packets];
  const uint64_t news_before = k.counters[Counter::news_taken];

  k.clock.begin();
  take_news(k);
  k.mirror.begin_loop();
  k.tx.mirror_to(k.mirror.running() ? &k.mirror : nullptr);
  const uint64_t news = k.counters[Counter::news_taken] - news_before;
  k.clock.lap(Stage::news, news);
  const std::size_t received = take_bursts(now);
  take_links(k);
  const std::size_t advanced = k.advanced.size();
  hand_over(k);
  k.clock.lap(Stage::hand_over, advanced);
  k.fan_out.run(now);
  k.clock.lap(Stage::fan_out, 0);
  const uint64_t injected = k.counters[Counter::inject_taken];
  send_injected(k);
  k.clock.lap(Stage::handshake, k.counters[Counter::inject_taken] - injected);
  neighbours_.poll(now);
  k.clock.lap(Stage::timers, run_timers(k));
  k.hops.refresh();
  k.tx.flush(now);
  const uint64_t sent = k.counters[Counter::tx_packets] - sent_before;
  k.clock.lap(Stage::transmit, 0);

  return received != 0 || !k.fan_out.idle() || sent != 0 || news != 0 || k.rescanning;
}

// Numbers for others, and the control plane's alarm clock: nothing of this is needed by a packet.
void Worker::end_loop(TimeNs now, bool busy) {
  Core& k = core_;
  unpublished_ = unpublished_ || busy;
  if (unpublished_ && now - published_at_ >= publish_interval_ns) {
    k.counters[Counter::handover_pending] = k.node.handover->pending(k.id);
    shm::WorkerStatus& status = k.region.worker(k.id);
    status.snapshot.publish({k.counters, now});
    published_at_ = now;
    unpublished_ = false;
  }
  k.region.worker(k.id).heartbeat_ns.store(now, std::memory_order_relaxed);
  if (k.wake_control && setup_.control_wake != nullptr &&
      k.region.control().sleeping.load(std::memory_order_acquire) != 0) {
    const int fd = setup_.control_wake->load(std::memory_order_relaxed);
    if (fd >= 0) eventfd_write(fd, 1);
  }
}

void Worker::run(const std::atomic<bool>& stop) {
  Core& k = core_;
  while (!stop.load(std::memory_order_relaxed)) {
    const TimeNs now = clock_ns(CLOCK_MONOTONIC);
    const bool busy = loop(now, clock_ns(CLOCK_REALTIME));
    const TimeNs end = clock_ns(CLOCK_MONOTONIC);
    k.counters[Counter::loops] += 1;
    if (busy) k.counters[Counter::busy_ns] += static_cast<uint64_t>(end - now);
    const auto took = static_cast<uint64_t>(end - now);
    if (took > k.counters[Counter::loop_ns_max]) k.counters[Counter::loop_ns_max] = took;
    if (end - now > loop_threshold_ns) k.counters[Counter::loops_over_threshold] += 1;
    end_loop(end, busy);
    if (!busy && setup_.idle_sleep_us != 0) sleep_us(setup_.idle_sleep_us);
  }
  end_loop(clock_ns(CLOCK_MONOTONIC) + publish_interval_ns, true);
}

}  // namespace sluice::dataplane
