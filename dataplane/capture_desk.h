// The desk where tools ask for a capture (main thread): judges a request and gives the workers a
// copy that they can trust. A tool that dies, or lets go of its lock, ends its capture.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/time.h"
#include "common/shm/capture_file.h"
#include "common/shm/region.h"
#include "dataplane/mirror.h"

namespace sluice::dataplane {

class CaptureDesk {
 public:
  // The region is open and outlives it. Errors: no room for the file.
  static Result<std::unique_ptr<CaptureDesk>> open(shm::Region& region);

  // Some times a second. now: CLOCK_MONOTONIC.
  void look(TimeNs now);
  CaptureBoard& board() { return board_; }

 private:
  CaptureDesk(shm::Region& region, std::unique_ptr<shm::CaptureFile> file);
  bool is_held() const;
  void order(const shm::CaptureRequest& request);

  shm::Region& region_;
  std::unique_ptr<shm::CaptureFile> file_;
  std::string lock_;
  CaptureBoard board_;
  shm::CaptureRequest running_;  // names nothing: none
  uint64_t judged_ = 0;          // number of the last request that was looked at
};

// What a tool may ask for: one thing that is live, within the bounds of shm/capture.h.
bool is_sound(const shm::CaptureRequest& request, shm::Region& region, TimeNs now);

}  // namespace sluice::dataplane
