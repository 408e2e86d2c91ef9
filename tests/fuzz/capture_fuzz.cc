// A tool that captures and means no good: whatever stands in the part of the capture file that it
// writes, a call that runs goes on, every packet stands in a counter, and no buffer is kept.
//
// The input is a list of deeds: what (0 bytes over the request, 1 a place in a worker's ring, 2 a
// request with its fields from the input, 3 one for an endpoint or track of the call), then what it
// takes. After each the data plane looks and the call's next packets pass.
#include <cstdio>
#include <cstring>
#include <memory>

#include "common/base/assert.h"
#include "common/shm/capture_file.h"
#include "common/shm/file_lock.h"
#include "common/shm/region_files.h"
#include "tests/rig/call.h"

namespace sluice {
namespace {

constexpr int deeds_max = 16;

class Tool {
 public:
  explicit Tool(rig::NodeRig& rig) : rig_(rig) {
    shm::Region& region = rig.region();
    auto file = shm::CaptureFile::open(region.directory(), region.capacities().workers,
                                       region.header().region_id);
    auto lock = shm::FileLock::take(shm::RegionPaths(region.directory()).capture_lock, "a test");
    SLUICE_ASSERT(file.ok() && lock.ok());
    file_ = std::move(*file);
    lock_ = std::move(*lock);
  }

  void act(wire::Reader& r) {
    switch (r.u8() % 4) {
      case 0: {
        auto* cell = reinterpret_cast<uint8_t*>(&file_->request());
        const std::size_t at = r.u8() % sizeof file_->request();
        const auto bytes = r.take(std::min<std::size_t>(r.u8() % 16, r.remaining()));
        std::memcpy(cell + at, bytes.data(), std::min(bytes.size(), sizeof file_->request() - at));
        break;
      }
      case 1: {
        auto ring = file_->frames(0);
        for (uint32_t pops = r.u16(); pops > 0; --pops) ring.pop();
        break;
      }
      case 2:
        ask({.endpoint = {r.u32(), r.u32()},
             .track = {r.u32(), r.u32()},
             .deadline = static_cast<TimeNs>(r.u64()),
             .budget = r.u64(),
             .snaplen = r.u32()});
        break;
      case 3: {
        const uint8_t slot = r.u8() % 4;
        const shm::SlotRef ref{slot, 1};
        shm::CaptureRequest request{.deadline = rig_.now() + r.u16() * ns_per_ms,
                                    .budget = 1 + uint64_t{r.u16()},
                                    .snaplen = 1 + r.u16() % shm::capture_snaplen_max};
        (r.u8() % 2 == 0 ? request.endpoint : request.track) = ref;
        ask(request);
        break;
      }
    }
    rig_.capture_desk().look(rig_.now());
  }
  // What it was given is whole, whatever it did.
  void read() {
    auto ring = file_->frames(0);
    for (uint32_t i = 0; i < shm::capture_frames; ++i) {
      const shm::CapturedFrame* f = ring.front();
      if (f == nullptr) return;
      ring.pop();
    }
  }

 private:
  void ask(shm::CaptureRequest request) {
    request.number = ++number_;
    file_->request().publish(request);
  }

  rig::NodeRig& rig_;
  std::unique_ptr<shm::CaptureFile> file_;
  shm::FileLock lock_;
  uint64_t number_ = 0;
};

void demand(const std::string& fault) {
  if (!fault.empty()) std::fprintf(stderr, "%s\n", fault.c_str());
  SLUICE_ASSERT(fault.empty());
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  static sluice::rig::Call call;
  static sluice::Tool tool(call.rig());
  sluice::wire::Reader r({data, size});
  for (int i = 0; i < sluice::deeds_max && r.ok() && r.remaining() != 0; ++i) {
    tool.act(r);
    sluice::demand(call.beat());
  }
  tool.read();
  sluice::demand(call.balance());
  return 0;
}
