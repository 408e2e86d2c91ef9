#include "dataplane/port/kernel_reservation.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/wire/bytes.h"

namespace sluice::dataplane {
namespace {

// A socket whose filter accepts nothing: the kernel drops each copy at once, without queueing it.
int open_deaf_socket(uint8_t family) {
  const int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  sock_filter accept_nothing = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program = {.len = 1, .filter = &accept_nothing};
  const int one = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
      (family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)) {
    close(fd);
    return -1;
  }
  return fd;
}

bool bind_to(int fd, const IpAddress& ip, uint16_t port) {
  if (ip.is_v4()) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = wire::swap_be16(port);
    std::memcpy(&a.sin_addr, ip.bytes.data(), 4);
    return bind(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0;
  }
  sockaddr_in6 a{};
  a.sin6_family = AF_INET6;
  a.sin6_port = wire::swap_be16(port);
  std::memcpy(&a.sin6_addr, ip.bytes.data(), 16);
  return bind(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0;
}

}  // namespace

Result<KernelReservation> KernelReservation::take(const Attachment& attachment,
                                                  uint16_t udp_port_base, uint32_t workers) {
  KernelReservation r;
  for (const auto& address : attachment.addresses) {
    for (uint32_t w = 0; w < workers; ++w) {
      const auto port = static_cast<uint16_t>(udp_port_base + w);
      const int fd = open_deaf_socket(address.ip.family);
      if (fd >= 0) r.sockets_.push_back(fd);
      if (fd >= 0 && bind_to(fd, address.ip, port)) continue;
      const int why = errno;
      std::string remedy;
      if (why == EADDRINUSE) remedy = "; another program has it: change dataplane.udp_port_base";
      if (why == EADDRNOTAVAIL)
        remedy = "; with shared_with_kernel the address must be one of this machine's own";
      return Error{"cannot reserve UDP " + to_string(SocketAddress{address.ip, port, 0}) +
                   " in the kernel: " + std::strerror(why) + remedy};
    }
  }
  return r;
}

KernelReservation::~KernelReservation() {
  for (int fd : sockets_) close(fd);
}

}  // namespace sluice::dataplane
