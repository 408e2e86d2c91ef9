// SIGINT and SIGTERM as a wish to come to an end, for as long as this lives.
#pragma once

#include <signal.h>

namespace sluice::ctl {

class EndSignals {
 public:
  // From here they end wait() instead of the process.
  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // False: the person wants an end.
  bool wait(double seconds);

 private:
  sigset_t ends_{};
  sigset_t mask_before_{};
};

}  // namespace sluice::ctl
