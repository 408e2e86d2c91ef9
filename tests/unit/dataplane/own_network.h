// A network of the test's own: what it binds and the interfaces it makes meet nobody else's, nor
// those of another run of the same test.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace sluice::dataplane {

// From now on and for threads that this one makes. Its loopback interface is up. False: not root,
// and still in the network of the machine.
inline bool enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0) return false;
  ifreq loopback{};
  std::strncpy(loopback.ifr_name, "lo", IFNAMSIZ - 1);
  loopback.ifr_flags = IFF_UP;
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const bool up = ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
  close(fd);
  return up;
}

}  // namespace sluice::dataplane
