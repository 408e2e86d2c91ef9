#include "tests/golden/replay.h"

#include <stdlib.h>

#include <filesystem>

#include "dataplane/links.h"
#include "dataplane/track_log.h"
#include "dataplane/worker.h"
#include "tests/unit/dataplane/ring_port.h"

namespace sluice::golden {
namespace {

constexpr TimeNs clock_start = 1'000 * ns_per_s;  // monotonic
constexpr UnixNs unix_start = 1'700'000'000 * ns_per_s;
constexpr TimeNs loop_interval = ns_per_ms;

class TemporaryRegion {
 public:
  TemporaryRegion() {
    char name[] = "/dev/shm/sluice-golden-XXXXXX";
    if (mkdtemp(name) != nullptr) directory_ = name;
  }
  ~TemporaryRegion() {
    region.reset();
    if (directory_.empty()) return;
    std::filesystem::remove_all(directory_);
  }
  Status open() {
    shm::Capacities c;
    c.endpoints = c.tracks = c.streams = c.subscriptions = 64;
    auto opened = shm::Region::open(directory_, shm::Access::create, c);
    if (!opened) return opened.error();
    region = std::move(*opened);
    return {};
  }
  std::unique_ptr<shm::Region> region;

 private:
  std::string directory_;
};

config::Port port_of(const Tables& tables) {
  config::Port c = test::port_config();
  c.vlan = tables.vlan;
  c.dscp = tables.dscp;
  return c;
}

std::string text_of(const shm::Counters& counters) {
  std::string text;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const auto& info = shm::counter_infos[i];
    if (counters.values[i] == 0 || info.unit == "nanoseconds") continue;
    text += std::string(info.name) + " " + std::to_string(counters.values[i]) + "\n";
  }
  return text;
}

}  // namespace

Result<Outcome> replay(const Tables& tables, const std::vector<Frame>& input,
                       srtp::EngineKind engine) {
  TemporaryRegion temporary;
  if (auto s = temporary.open(); !s) return s.error();
  shm::Publisher publisher(*temporary.region, 1);
  if (auto s = publish(tables, publisher); !s) return s.error();

  test::RingPort rings(port_of(tables), 1);
  dataplane::TrackLogs logs(temporary.region->capacities().tracks,
                            {256, 256U << 10, 64, 16U << 10});
  dataplane::Links links(1);
  dataplane::Homes homes(temporary.region->capacities().endpoints);
  dataplane::WorkerSetup setup;
  setup.node = {.region = temporary.region.get(),
                .logs = &logs,
                .links = &links,
                .homes = &homes,
                .handover = &rings.handover(),
                .ports = rings.ports(),
                .key_frame_interval_ns = 500 * ns_per_ms,
                .stage_counters = false};
  setup.pool = rings.pools().transmit(0);
  setup.engine = engine;
  auto worker = dataplane::Worker::create(setup);
  if (!worker) return worker.error();

  Outcome outcome;
  auto next = input.begin();
  for (TimeNs t = 0; t <= tables.end; t += loop_interval) {
    for (; next != input.end() && next->at <= t; ++next) rings.give(0, next->bytes);
    (*worker)->loop(clock_start + t, unix_start + t);
    for (auto& bytes : rings.take(0)) outcome.sent.push_back({t, std::move(bytes)});
  }
  const shm::Counters& counters = (*worker)->core().counters;
  if (next != input.end()) return Error{"the input goes on after end_ms"};
  if (shm::received_imbalance(counters) != 0 || shm::visited_imbalance(counters) != 0) {
    return Error{"an accounting identity does not hold:\n" + text_of(counters)};
  }
  outcome.counters = text_of(counters);
  return outcome;
}

}  // namespace sluice::golden
