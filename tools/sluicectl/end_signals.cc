#include "tools/sluicectl/end_signals.h"

#include <pthread.h>
#include <time.h>

namespace sluice::ctl {

EndSignals::EndSignals() {
  sigemptyset(&ends_);
  sigaddset(&ends_, SIGINT);
  sigaddset(&ends_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends_, &mask_before_);
}

EndSignals::~EndSignals() {
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool EndSignals::wait(double seconds) {
  const auto whole = static_cast<time_t>(seconds);
  const timespec time{whole, static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
  // EINTR (a terminal that was resized, a stop and continue) only ends this wait early.
  return sigtimedwait(&ends_, nullptr, &time) < 0;
}

}  // namespace sluice::ctl
