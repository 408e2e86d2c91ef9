// Either process is killed at random points while tables churn; the region must not notice.
//
//   parent ---- kill -9, looks at the region, restarts ----+
//     |  \                                                 |
//     |   control: a Publisher that churns all tables      |   the region (two files on tmpfs)
//     |   dataplane: two workers that follow their news,   |
//     |              spend stream indices, quiesce --------+--> uses: every index spent, to the
//     parent
//
// With --dataplane PROGRAM the data plane is that daemon, sluice-dataplane on a net_null port,
// instead of the model: its workers follow the same tables; what they spend shows in the region
// only.
//
// After each kill: the tables check out, no index was used twice or went back, no slot leaked, the
// other process lives and goes on. Kills land anywhere, also while the region is being made or
// adopted.
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/shm/table_check.h"
#include "tests/unit/shm/churn.h"
#include "tests/unit/shm/region_fixture.h"
#include "tests/unit/shm/use_ledger.h"
#include "tests/unit/shm/worker_model.h"

namespace sluice::shm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t uses_max = 1 << 16;
constexpr uint32_t workers = 2;

// Shared by the parent and its children; outlives each of them.
struct Board {
  std::atomic<uint64_t> control_starts{0};
  std::atomic<uint64_t> control_changes{0};
  std::atomic<uint64_t> dataplane_loops{0};
  std::atomic<uint64_t> rescans{0};
  std::atomic<uint32_t> faulted{0};
  char fault[512] = {};
  RingHead uses_head;
  Use uses[uses_max];
  Ring<Use> ring() { return {&uses_head, uses, uses_max}; }
};

[[noreturn]] void report_fault(Board& board, const std::string& text) {
  std::snprintf(board.fault, sizeof board.fault, "%s", text.c_str());
  board.faulted.store(1);
  _exit(1);
}

[[noreturn]] void run_control(Board& board, const std::string& directory, uint64_t seed) {
  std::unique_ptr<Region> region;
  // Until the data plane has made the region.
  while (region == nullptr) {
    auto r = Region::open(directory, Access::control);
    if (r) {
      region = std::move(*r);
    } else if (Region::probe(directory) == Readiness::incompatible) {
      report_fault(board, "control: " + r.error().message);
    } else {
      std::this_thread::sleep_for(200us);
    }
  }
  Churn churn(*region, board.control_starts.fetch_add(1) + 1, seed);
  for (;;) {
    churn.step(Region::dataplane_alive(directory));
    if (!churn.fault().empty()) report_fault(board, "control: " + churn.fault());
    if (churn.changes() % 256 == 0) {
      if (const std::string leak = leak_of(*region, churn.publisher()); !leak.empty()) {
        report_fault(board, "control: " + leak);
      }
    }
    board.control_changes.fetch_add(1, std::memory_order_relaxed);
  }
}

[[noreturn]] void run_dataplane(Board& board, const std::string& directory, uint64_t seed) {
  auto region = Region::open(directory, Access::create, small_capacities(workers));
  if (!region) report_fault(board, "dataplane: " + region.error().message);
  std::mt19937_64 random(seed);
  std::vector<WorkerModel> models;
  for (uint32_t w = 0; w < workers; ++w) {
    models.emplace_back(
        **region, w, [ring = board.ring()]() mutable { return ring.size() < uses_max; },
        [ring = board.ring()](const Use& use) mutable { ring.push(use); });
  }
  uint64_t rescans = 0;
  for (;;) {
    // Workers are of different speed.
    WorkerModel& model = models[random() % 8 == 0 ? 1 : 0];
    model.loop();
    if (!model.fault().empty()) report_fault(board, "dataplane: " + model.fault());
    uint64_t now = 0;
    for (const WorkerModel& m : models) now += m.rescans();
    board.rescans.fetch_add(now - rescans, std::memory_order_relaxed);
    rescans = now;
    board.dataplane_loops.fetch_add(1, std::memory_order_relaxed);
  }
}

// The real daemon: same region, same capacities, a port that nobody sends to.
[[noreturn]] void run_daemon(Board& board, const std::string& directory, const char* program) {
  const std::string file = directory + ".yaml";
  const Capacities c = small_capacities(workers);
  std::ofstream(file)
      << "instance: region-kill\nregion: {directory: " << directory << "}\n"
      << "capacities: {endpoints: " << c.endpoints << ", tracks: " << c.tracks
      << ", streams: " << c.streams << ", subscriptions: " << c.subscriptions
      << ", news: " << c.news << ", inject: " << c.inject << ", events: " << c.events
      << ", punt_endpoint: " << c.punt_endpoint << ", punt_invited: " << c.punt_invited
      << ", punt_stranger: " << c.punt_stranger << "}\n"
      << "dataplane:\n"
      << "  workers: {cores: [0, 1]}\n"
      << "  idle: {sleep_us: 100}\n"
      << "  hugepages: false\n  memory_mib: 96\n  mbufs_per_worker: 4096\n  log_level: error\n"
      << "  ports: [{name: nowhere, device: net_null0, addresses: [192.0.2.1/24]}]\n";
  execl(program, program, "--config", file.c_str(), nullptr);
  report_fault(board, std::string("cannot run ") + program + ": " + std::strerror(errno));
}

// One of the two processes, as the parent has it.
struct Child {
  pid_t pid = 0;
  bool alive() const { return pid != 0; }
};

class RegionKill {
 public:
  // daemon: what to run as data plane; null = the model.
  RegionKill(uint64_t seed, Board& board, const char* daemon)
      : random_(seed), board_(board), uses_(board.ring()), daemon_(daemon) {}
  ~RegionKill() {
    kill_child(control_);
    kill_child(dataplane_);
    std::filesystem::remove(directory_.path() + ".yaml");
  }

  // Empty, or what broke.
  std::string round();
  std::string finish();
  uint64_t packets() const { return ledger_.packets(); }
  uint64_t kills() const { return kills_; }

 private:
  void start_missing();
  void kill_child(Child& child);
  std::string let_them_run();
  bool both_went_on(uint64_t changes, uint64_t loops, int64_t since_ns);
  std::string look();
  std::string look_at_uses();
  std::string look_at_indices(Region& region);
  std::string look_as_control(bool dataplane_alive);
  std::string stop(const Child& child, const char* name);
  std::string death_of(const Child& child, const char* name);
  static std::string errors_of(Region& region);

  std::mt19937_64 random_;
  Board& board_;
  Ring<Use> uses_;
  const char* daemon_;
  RegionDirectory directory_;
  UseLedger ledger_;
  Child control_, dataplane_;
  struct Seen {
    uint32_t generation = 0;
    uint64_t next_index = 0, rtx_next_index = 0;
  };
  std::vector<Seen> seen_{small_capacities().streams};
  uint64_t kills_ = 0;
};

void RegionKill::start_missing() {
  const auto start = [&](Child& child, auto run) {
    if (child.alive()) return;
    const uint64_t seed = random_() | 1;
    const pid_t parent = getpid();
    child.pid = fork();
    if (child.pid != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    run(board_, directory_.path(), seed);
  };
  // In either order.
  if (random_() % 2 == 0) start(control_, run_control);
  start(dataplane_, [this](Board& board, const std::string& directory, uint64_t seed) {
    if (daemon_ != nullptr) run_daemon(board, directory, daemon_);
    run_dataplane(board, directory, seed);
  });
  start(control_, run_control);
}

// The model counts its loops; the daemon's workers leave their heartbeat in the region.
bool RegionKill::both_went_on(uint64_t changes, uint64_t loops, int64_t since_ns) {
  if (board_.control_changes.load() < changes + 50) return false;
  if (daemon_ == nullptr) return board_.dataplane_loops.load() >= loops + 20;
  auto region = Region::open(directory_.path(), Access::read_only);
  if (!region) return false;
  for (uint32_t w = 0; w < workers; ++w) {
    if ((*region)->worker(w).heartbeat_ns.load() <= since_ns) return false;
  }
  return true;
}

void RegionKill::kill_child(Child& child) {
  if (!child.alive()) return;
  kill(child.pid, SIGKILL);
  waitpid(child.pid, nullptr, 0);
  child.pid = 0;
  ++kills_;
}

// Mostly until both have done something since now, and then a little longer; sometimes hardly at
// all.
std::string RegionKill::let_them_run() {
  const uint64_t changes = board_.control_changes.load();
  const uint64_t loops = board_.dataplane_loops.load();
  const int64_t since_ns = std::chrono::steady_clock::now().time_since_epoch().count();
  if (random_() % 4 != 0) {
    const auto deadline = std::chrono::steady_clock::now() + 120s;
    while (!both_went_on(changes, loops, since_ns)) {
      if (board_.faulted.load() != 0) break;
      if (std::chrono::steady_clock::now() > deadline) {
        return board_.control_changes.load() < changes + 50
                   ? "the control plane stood still for 120 s"
                   : "the data plane stood still for 120 s";
      }
      if (std::string fault = look_at_uses(); !fault.empty()) return fault;
      if (std::string death = death_of(control_, "control plane"); !death.empty()) return death;
      if (std::string death = death_of(dataplane_, "data plane"); !death.empty()) return death;
      std::this_thread::sleep_for(100us);
    }
  }
  // A daemon takes a while to start: kills shall find it there too.
  const uint64_t more_us = daemon_ != nullptr && random_() % 2 == 0 ? 300'000 : 3'000;
  std::this_thread::sleep_for(std::chrono::microseconds(random_() % more_us));
  return {};
}

std::string RegionKill::death_of(const Child& child, const char* name) {
  int status = 0;
  if (!child.alive() || waitpid(child.pid, &status, WNOHANG) != child.pid) return {};
  if (board_.faulted.load() != 0) return board_.fault;
  return std::string("the ") + name + " died by itself, wait status " + std::to_string(status);
}

std::string RegionKill::round() {
  start_missing();
  if (const std::string fault = let_them_run(); !fault.empty()) return fault;
  const uint64_t victim = random_() % 5;
  if (victim != 0 && victim != 1) kill_child(control_);
  if (victim != 2 && victim != 3) kill_child(dataplane_);
  if (const std::string fault = stop(control_, "control plane"); !fault.empty()) return fault;
  if (const std::string fault = stop(dataplane_, "data plane"); !fault.empty()) return fault;
  const std::string fault = look();
  for (const Child* child : {&control_, &dataplane_}) {
    if (child->alive()) kill(child->pid, SIGCONT);
  }
  return fault;
}

// The survivor holds still while it is looked at: whatever instruction it is at, the region must
// check out.
std::string RegionKill::stop(const Child& child, const char* name) {
  if (!child.alive()) return {};
  kill(child.pid, SIGSTOP);
  int status = 0;
  if (waitpid(child.pid, &status, WUNTRACED) == child.pid && WIFSTOPPED(status)) return {};
  if (board_.faulted.load() != 0) return board_.fault;
  return std::string("the ") + name + " died with status " + std::to_string(status);
}

std::string RegionKill::look() {
  if (board_.faulted.load() != 0) return board_.fault;
  if (const std::string fault = look_at_uses(); !fault.empty()) return fault;
  std::string why;
  const Readiness readiness = Region::probe(directory_.path(), &why);
  if (readiness == Readiness::incompatible) return why;
  if (readiness == Readiness::not_yet) return {};
  auto region = Region::open(directory_.path(), Access::read_only);
  if (!region) return region.error().message;
  if (std::string fault = errors_of(**region); !fault.empty()) return fault;
  if (std::string fault = look_at_indices(**region); !fault.empty()) return fault;
  return control_.alive() ? "" : look_as_control(dataplane_.alive());
}

std::string RegionKill::look_at_uses() {
  while (const Use* use = uses_.front()) {
    const std::string fault = ledger_.add(*use);
    uses_.pop();
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string RegionKill::look_at_indices(Region& region) {
  for (uint32_t i = 0; i < region.capacities().streams; ++i) {
    const StreamState& s = region.stream(i).state;
    const Seen now{s.generation.load(), s.next_index.load(), s.rtx_next_index.load()};
    // A worker that is opening the next use of the slot has stored its indices and not yet its
    // generation.
    const bool same_use = now.generation == seen_[i].generation &&
                          region.stream(i).head.word.load().generation.value() == now.generation;
    if (same_use &&
        (now.next_index < seen_[i].next_index || now.rtx_next_index < seen_[i].rtx_next_index)) {
      return "stream " + std::to_string(i) + ": the next index went back";
    }
    seen_[i] = now;
  }
  return {};
}

// As the next control plane would: what the last one left behind is swept, and every slot is
// accounted for.
std::string RegionKill::look_as_control(bool dataplane_alive) {
  auto region = Region::open(directory_.path(), Access::control);
  if (!region) return region.error().message;
  if (std::string fault = errors_of(**region); !fault.empty()) return fault;
  Publisher publisher(**region, 1);
  if (std::string leak = leak_of(**region, publisher); !leak.empty()) return leak;
  if (dataplane_alive) return {};
  publisher.reclaim(Region::dataplane_alive(directory_.path()));
  if (std::string leak = leak_of(**region, publisher); !leak.empty()) return leak;
  // Only streams wait on: for the end of their endpoint's key.
  for (const TableId id : {TableId::endpoint, TableId::track, TableId::subscription}) {
    if (publisher.live(id).size() + publisher.free_count(id) !=
        slot_count((*region)->capacities(), id)) {
      return "a retired slot was not reclaimed";
    }
  }
  return errors_of(**region);
}

std::string RegionKill::errors_of(Region& region) {
  std::string text;
  for (const Finding& f : check_tables(region)) {
    if (f.warning) continue;
    text += "table " + std::to_string(static_cast<int>(f.table)) + " slot " +
            std::to_string(f.slot) + ": " + f.text + "; ";
  }
  return text;
}

std::string RegionKill::finish() {
  kill_child(control_);
  kill_child(dataplane_);
  if (const std::string fault = look_at_uses(); !fault.empty()) return fault;
  auto dataplane = Region::open(directory_.path(), Access::create, small_capacities(workers));
  if (!dataplane) return dataplane.error().message;
  dataplane->reset();
  auto region = Region::open(directory_.path(), Access::control);
  if (!region) return region.error().message;
  Churn churn(**region, 1, 1);
  churn.retire_everything();
  churn.publisher().reclaim(Region::dataplane_alive(directory_.path()));
  if (!churn.fault().empty()) return churn.fault();
  for (const TableId id :
       {TableId::endpoint, TableId::track, TableId::stream, TableId::subscription}) {
    if (churn.publisher().free_count(id) != slot_count((*region)->capacities(), id))
      return "not every slot came free";
  }
  for (const Finding& f : check_tables(**region)) return f.text;
  return {};
}

const char* text_option(int argc, char** argv, const char* name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return argv[i + 1];
  }
  return nullptr;
}

std::optional<uint64_t> option(int argc, char** argv, const char* name) {
  const char* text = text_option(argc, argv, name);
  return text != nullptr ? std::optional(std::strtoull(text, nullptr, 10)) : std::nullopt;
}

int run(int argc, char** argv) {
  const uint64_t rounds = option(argc, argv, "--rounds").value_or(50);
  const uint64_t seed = option(argc, argv, "--seed").value_or(std::random_device{}());
  const char* daemon = text_option(argc, argv, "--dataplane");
  std::printf("region_kill: %llu rounds, seed %llu, data plane: %s\n",
              static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(seed),
              daemon != nullptr ? daemon : "model");
  std::fflush(stdout);
  void* memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return std::perror("mmap"), 1;
  Board& board = *new (memory) Board;
  RegionKill test(seed, board, daemon);
  std::string fault;
  uint64_t done = 0;
  for (; done < rounds && fault.empty(); ++done) fault = test.round();
  if (fault.empty()) fault = test.finish();
  if (!fault.empty()) {
    std::printf(
        "FAILED in round %llu: %s\nrun again (the choices repeat, the instants do not): %s "
        "--rounds %llu --seed %llu%s%s\n",
        static_cast<unsigned long long>(done), fault.c_str(), argv[0],
        static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(seed),
        daemon != nullptr ? " --dataplane " : "", daemon != nullptr ? daemon : "");
    return 1;
  }
  std::printf("%llu kills, %llu table changes, %llu packets under their own index, %llu rescans\n",
              static_cast<unsigned long long>(test.kills()),
              static_cast<unsigned long long>(board.control_changes.load()),
              static_cast<unsigned long long>(test.packets()),
              static_cast<unsigned long long>(board.rescans.load()));
  return 0;
}

}  // namespace
}  // namespace sluice::shm

int main(int argc, char** argv) {
  return sluice::shm::run(argc, argv);
}
