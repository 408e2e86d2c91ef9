// What a bench and its socket floor say to each other over two pipes, in the machine's own layout.
// One block is asked for at a time: while one of the two runs, the other waits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::perf {

enum class SocketWay : uint32_t {
  sendmmsg = 0,       // 64 packets a call
  segment = 1,        // UDP_SEGMENT: 10 packets of one receiver a message, 16 messages a call
  segment_whole = 2,  // the same, but the kernel need not cut the messages: a NIC would
};
inline constexpr std::size_t socket_ways = 3;

struct BlockOrder {
  SocketWay way{};
  uint32_t packets_per_visit =
      1;  // packets in a row for one receiver; UDP_SEGMENT takes 10 at least
  uint64_t ns = 0;
};

// The first answer comes unasked, when all sessions are made.
struct BlockAnswer {  // what was interrupted is left out
  uint64_t packets = 0;
  uint64_t ns = 0;
  uint64_t lost = 0;  // 1: the kernel refused or lost packets: the block says nothing
};

}  // namespace sluice::perf
