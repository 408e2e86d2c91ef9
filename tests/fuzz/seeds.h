// What an intruder begins with: for each kind of traffic a few frames or datagrams that a node
// takes seriously. The corpus of the target `worker` and the storms mutate them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/intruder.h"

namespace sluice::fuzz {

enum class Traffic : uint8_t { stun, dtls, rtp, rtcp, link, udp, fragment };
inline constexpr std::array<const char*, 7> traffic_names = {"stun", "dtls", "rtp",     "rtcp",
                                                             "link", "udp",  "fragment"};

struct Seed {
  Traffic traffic;
  Guise guise;
  std::string name;
  std::vector<uint8_t> bytes;
};

// Those that need nobody's keys. Frames are for the addresses of a rig with ipv6.
std::vector<Seed> seeds();

// One frame as an input of the target `worker` holds it.
std::vector<uint8_t> input_of(const Seed& seed);

}  // namespace sluice::fuzz
