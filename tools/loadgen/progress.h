// The live line on standard error, once a second.
#pragma once

#include "tools/loadgen/media_loop.h"

namespace sluice::loadgen {

struct CrowdCount {
  uint32_t joined = 0;
  uint32_t failed = 0;
  uint32_t all = 0;
};

class Progress {
 public:
  Progress();
  // Prints when a second has passed.
  void show(TimeNs now, const CrowdCount& crowd, const MediaTotals& totals);
  // Ends the line, so that what follows begins a new one.
  void finish();

 private:
  bool is_terminal_;
  bool shown_ = false;
  TimeNs started_at_ = 0;
  TimeNs due_ = 0;
  MediaTotals last_;
};

}  // namespace sluice::loadgen
