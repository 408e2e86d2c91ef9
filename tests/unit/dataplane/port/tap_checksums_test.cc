// UDP checksums left to a port, judged by the kernel: net_tap offers the offload, and a socket
// behind it gets only datagrams whose checksum is right. Needs root, for a namespace of its own.
//
//   Port (net_tap0) ==> sluice_sum0 192.0.2.2, 2001:db8::2 -- UDP socket
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <rte_mbuf.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "dataplane/eal.h"
#include "dataplane/port/frame_mbuf.h"
#include "dataplane/port/mbuf_pools.h"
#include "dataplane/port/port.h"
#include "tests/unit/dataplane/own_network.h"

namespace sluice::dataplane {
namespace {

constexpr const char* interface = "sluice_sum0";

IpAddress ip(const char* text) {
  return *parse_ip(text);
}

config::Port port_config() {
  config::Port c;
  c.name = "tap";
  c.device = std::string("net_tap0,iface=") + interface;
  c.addresses = {{ip("192.0.2.1"), 24}, {ip("2001:db8::1"), 64}};
  c.mac = "02:00:00:00:00:01";
  return c;
}

bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

// The kernel takes an IPv6 address into service when it gets round to it: until its local route is
// there, what is sent to it is lost.
bool kernel_answers_for(const std::string& address) {
  const std::string is_local =
      "ip -6 route show table local | grep -q '^local " + address + " dev " + interface + "'";
  for (int i = 0; i < 500; ++i) {
    if (run(is_local)) return true;
    usleep(10'000);
  }
  return false;
}

wire::MacAddress mac_of_interface() {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(ioctl(fd, SIOCGIFHWADDR, &request), 0);
  close(fd);
  wire::MacAddress mac;
  std::memcpy(mac.bytes.data(), request.ifr_hwaddr.sa_data, mac.bytes.size());
  return mac;
}

// A socket on any address of the family, port 5000.
int listen_on(int family) {
  const int fd = socket(family, SOCK_DGRAM, 0);
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  v6.sin6_family = AF_INET6;
  v4.sin_family = AF_INET;
  v6.sin6_port = v4.sin_port = htons(5'000);
  const auto* address = family == AF_INET ? reinterpret_cast<const sockaddr*>(&v4)
                                          : reinterpret_cast<const sockaddr*>(&v6);
  EXPECT_EQ(bind(fd, address, family == AF_INET ? sizeof v4 : sizeof v6), 0);
  return fd;
}

std::string received(int fd) {
  pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
  int ready = 0;
  // net_tap has the kernel raise a signal for each frame towards it: the first ones of IPv6 come
  // when they come.
  do ready = poll(&wait, 1, 5'000);
  while (ready < 0 && errno == EINTR);
  if (ready != 1) return "nothing";
  char bytes[2'048];
  const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
  return {bytes, bytes + std::max<ssize_t>(n, 0)};
}

TEST(TapChecksums, are_right_in_the_kernels_eyes) {
  if (geteuid() != 0 || access("/dev/net/tun", R_OK | W_OK) != 0 || !enter_own_network()) {
    std::puts("SKIP: needs root and /dev/net/tun");
    std::exit(77);  // what meson takes for a skip; there is no other test here
  }
  config::Dataplane eal;
  eal.cores = {0};
  eal.hugepages = false;
  eal.memory_mib = 64;
  ASSERT_TRUE(start_eal(eal, "tap").ok());
  const auto pools = MbufPools::create(1, 2'047);
  ASSERT_TRUE(pools.ok());
  const auto port = Port::open(port_config(), {.pools = &*pools});
  ASSERT_TRUE(port.ok()) << port.error().message;
  ASSERT_TRUE((*port)->udp_offload()) << "net_tap offers it";
  ASSERT_TRUE(run(std::string("ip addr add 192.0.2.2/24 dev ") + interface));
  ASSERT_TRUE(run(std::string("ip addr add 2001:db8::2/64 nodad dev ") + interface));
  ASSERT_TRUE(run(std::string("ip link set up dev ") + interface));
  ASSERT_TRUE(kernel_answers_for("2001:db8::2"));

  for (const int address : {0, 1}) {
    const bool v4 = address == 0;
    const int fd = listen_on(v4 ? AF_INET : AF_INET6);
    const auto t = make_frame_template((*port)->attachment(), 0, address, 40'000,
                                       mac_of_interface(), (*port)->udp_offload());
    const IpAddress to = ip(v4 ? "192.0.2.2" : "2001:db8::2");
    for (const std::size_t length : {1u, 2u, 333u, 1'200u}) {
      std::string sent(length, 'x');
      for (std::size_t i = 0; i < length; ++i) sent[i] = static_cast<char>(i * 31 + length);
      rte_mbuf* m = rte_pktmbuf_alloc(pools->transmit(0));
      ASSERT_NE(m, nullptr);
      std::memcpy(payload_of(m), sent.data(), length);
      const auto n = static_cast<uint16_t>(length);
      const auto write = v4 ? &write_frame4 : &write_frame6;
      set_frame(m, write(t, payload_of(m), to.bytes.data(), 5'000, n, MediaKind::audio), n);
      finish_frame(m, t, n);
      ASSERT_EQ((*port)->transmit(0, &m, 1), 1);
      EXPECT_EQ(received(fd), sent) << (v4 ? "IPv4, " : "IPv6, ") << length << " bytes";
    }
    close(fd);
  }
}

}  // namespace
}  // namespace sluice::dataplane
