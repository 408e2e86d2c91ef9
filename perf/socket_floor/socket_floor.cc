#include "perf/socket_floor/socket_floor.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace sluice::perf {
namespace {

const char* suite_of(srtp::Profile p) {
  switch (p) {
    case srtp::Profile::aead_aes_128_gcm:
      return "aes128gcm";
    case srtp::Profile::aead_aes_256_gcm:
      return "aes256gcm";
    default:
      return "aescm";
  }
}

}  // namespace

std::string SocketFloor::program() {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto directory = here / "socket_floor";
  const auto program = directory / "floor";
  if (!std::filesystem::exists(program)) {
    std::fprintf(stderr, "building the socket floor (libsrtp from Debian's source package)\n");
  }
  const std::string command = "'" SLUICE_SOCKET_FLOOR_BUILD "' '" + directory.string() + "' '" +
                              (here / "libsocket_floor.a").string() + "' </dev/null 1>&2";
  return std::system(command.c_str()) == 0 ? program.string() : std::string();
}

std::unique_ptr<SocketFloor> SocketFloor::start(const std::string& program,
                                                const SocketFloorSetup& setup) {
  if (program.empty()) return nullptr;
  signal(SIGPIPE, SIG_IGN);  // a child that died is an answer that does not come
  int orders[2], answers[2];
  if (pipe2(orders, O_CLOEXEC) != 0) return nullptr;
  if (pipe2(answers, O_CLOEXEC) != 0) {
    close(orders[0]);
    close(orders[1]);
    return nullptr;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, orders[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, answers[1], STDOUT_FILENO);
  std::string arguments[] = {program, suite_of(setup.profile), std::to_string(setup.receivers),
                             std::to_string(setup.size), std::to_string(setup.core)};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), arguments[4].data(), nullptr};
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(orders[0]);
  close(answers[1]);
  if (failed != 0) {
    close(orders[1]);
    close(answers[0]);
    return nullptr;
  }
  std::unique_ptr<SocketFloor> floor(new SocketFloor(child, orders[1], answers[0]));
  BlockAnswer ready;
  return floor->hear(ready) ? std::move(floor) : nullptr;
}

SocketFloor::~SocketFloor() {
  close(orders_);  // the child ends with its orders
  close(answers_);
  waitpid(child_, nullptr, 0);
}

bool SocketFloor::hear(BlockAnswer& answer) const {
  return read(answers_, &answer, sizeof answer) == sizeof answer;
}

std::optional<double> SocketFloor::run(SocketWay way, uint32_t packets_per_visit, double seconds) {
  const BlockOrder order{way, packets_per_visit, static_cast<uint64_t>(seconds * 1e9)};
  BlockAnswer a;
  if (write(orders_, &order, sizeof order) != sizeof order || !hear(a)) return {};
  if (a.packets == 0 || a.lost != 0) return {};
  return static_cast<double>(a.ns) / static_cast<double>(a.packets);
}

}  // namespace sluice::perf
