// A received datagram and where it came from, as the stages pass it on.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/ip.h"

struct rte_mbuf;

namespace sluice::dataplane {

inline constexpr std::size_t burst_max = 64;

// The 5-tuple of a UDP flow as seen from here. Equal bytes = equal flow (padding is always zero).
struct Flow {
  std::array<uint8_t, 16> remote_ip{};  // IPv4: first four bytes
  uint16_t remote_port = 0;             // host order
  uint16_t local_port = 0;              // host order
  uint8_t family = 0;                   // 4 or 6
  uint8_t port = 0;                     // index of the data plane's port
  uint8_t local_address = 0;            // index into that port's addresses
  uint8_t reserved = 0;

  bool operator==(const Flow& o) const { return std::memcmp(this, &o, sizeof(Flow)) == 0; }
  uint64_t hash() const {
    uint64_t w[3];
    std::memcpy(w, this, sizeof w);
    uint64_t h = w[0] * 0x9e3779b97f4a7c15ULL ^ std::rotl(w[1] * 0xc2b2ae3d27d4eb4fULL, 31);
    h ^= std::rotl(w[2] * 0x165667b19e3779f9ULL, 17);
    return (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL;
  }
};
static_assert(sizeof(Flow) == 24);

inline SocketAddress remote_of(const Flow& f) {
  SocketAddress a;
  a.ip.bytes = f.remote_ip;
  a.ip.family = f.family;
  a.port = f.remote_port;
  return a;
}

// One UDP datagram for this worker. The bytes lie in the mbuf and stay valid until it is freed.
struct Packet {
  rte_mbuf* mbuf = nullptr;
  uint8_t* data = nullptr;  // UDP payload
  uint16_t length = 0;
  Flow flow;
};

struct PacketBatch {
  std::array<Packet, burst_max> items;
  std::size_t count = 0;

  void push(const Packet& p) { items[count++] = p; }
  Packet* begin() { return items.data(); }
  Packet* end() { return items.data() + count; }
  const Packet* begin() const { return items.data(); }
  const Packet* end() const { return items.data() + count; }
};

// A router says that what this flow sends is too big (RFC 1191, RFC 8201). Unauthenticated: to be
// believed within limits.
struct PathMtuReport {
  Flow flow;
  uint32_t mtu = 0;  // of the whole IP packet; 0 = the router did not say
};
inline constexpr std::size_t path_mtu_reports_max = 8;  // per burst; more are dropped

// What classify found in one burst; each list keeps the order of arrival.
struct Classified {
  PacketBatch stun, dtls, srtp, srtcp;
  std::array<PathMtuReport, path_mtu_reports_max> path_mtu;
  std::size_t path_mtu_count = 0;

  void clear() {
    stun.count = dtls.count = srtp.count = srtcp.count = 0;
    path_mtu_count = 0;
  }
};

}  // namespace sluice::dataplane
