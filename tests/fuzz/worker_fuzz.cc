// A whole worker on packets: a node in which a call runs gets what an input says, and the call goes
// on. After each input every frame stands in one named counter, no buffer is kept, and the call's
// next packets arrive.
//
// The input is a list of frames: guise (intruder.h), length in 16 bits, bytes. The node lives as
// long as the process, as a node does: what an input leaves behind meets the next.
#include <cstdio>

#include "common/base/assert.h"
#include "tests/fuzz/intruder.h"

namespace {

// Fewer than the rings of the rig hold.
constexpr int frames_max = 64;

void demand(const std::string& fault) {
  if (!fault.empty()) std::fprintf(stderr, "%s\n", fault.c_str());
  SLUICE_ASSERT(fault.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  static sluice::rig::Call call;
  static sluice::fuzz::Intruder intruder(call);
  const uint64_t before = call.received();
  uint64_t sent = 0;
  sluice::wire::Reader r({data, size});
  for (int i = 0; i < frames_max && r.remaining() >= 3; ++i) {
    const auto guise = static_cast<sluice::fuzz::Guise>(r.u8() % sluice::fuzz::guises);
    const std::size_t length = r.u16();
    if (intruder.send(guise, r.take(std::min(length, r.remaining())))) ++sent;
  }
  demand(call.beat());
  demand(call.balance());
  SLUICE_ASSERT(call.received() >= before + sent);
  return 0;
}
