#include "dataplane/control_wake.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace sluice::dataplane {
namespace {

// The word comes from the control plane: whatever it names, only an eventfd is ever written to.
bool is_eventfd(int fd) {
  std::array<char, 32> path, target;
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(path.data(), target.data(), target.size());
  return n > 0 &&
         std::string_view(target.data(), static_cast<std::size_t>(n)) == "anon_inode:[eventfd]";
}

// pid << 32 | descriptor + 1 of that process -> a descriptor of ours, or -1.
int fetch(uint64_t word) {
  const auto pid = static_cast<pid_t>(word >> 32);
  const auto theirs = static_cast<int>((word & 0xffff'ffff) - 1);
  if (pid <= 0 || theirs < 0) return -1;
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return -1;
  const auto fd = static_cast<int>(syscall(SYS_pidfd_getfd, process, theirs, 0));
  close(process);
  if (fd < 0) return -1;
  // A worker never waits, however full the counter is.
  if (is_eventfd(fd) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

ControlWake::~ControlWake() {
  for (int fd : {retiring_, descriptor_.load()}) {
    if (fd >= 0) close(fd);
  }
}

void ControlWake::update(const shm::ControlStatus& control) {
  if (retiring_ >= 0) close(std::exchange(retiring_, -1));
  const uint64_t word = control.wake.load(std::memory_order_acquire);
  if (word == seen_) return;
  seen_ = word;
  retiring_ = descriptor_.exchange(word == 0 ? -1 : fetch(word), std::memory_order_acq_rel);
}

}  // namespace sluice::dataplane
