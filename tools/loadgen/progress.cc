#include "tools/loadgen/progress.h"

#include <unistd.h>

#include <cstdio>

namespace sluice::loadgen {

Progress::Progress() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::show(TimeNs now, const CrowdCount& crowd, const MediaTotals& totals) {
  if (started_at_ == 0) started_at_ = now;
  if (now < due_) return;
  due_ = now + ns_per_s;
  const auto passed = static_cast<double>(totals.at - last_.at) / 1e9;
  const auto rate = [&](uint64_t value, uint64_t before) {
    return last_.at == 0 || passed <= 0 ? 0.0 : static_cast<double>(value - before) / passed;
  };
  std::fprintf(stderr,
               "%s%5.0f s  joined %u/%u, failed %u | out %6.0f packets/s %7.2f Mbit/s | in %8.0f "
               "packets/s %8.2f Mbit/s | lost %lu, bad %lu%s",
               is_terminal_ ? "\r" : "", static_cast<double>(now - started_at_) / 1e9, crowd.joined,
               crowd.all, crowd.failed, rate(totals.sent, last_.sent),
               rate(totals.sent_bytes, last_.sent_bytes) * 8 / 1e6,
               rate(totals.received, last_.received),
               rate(totals.received_bytes, last_.received_bytes) * 8 / 1e6,
               static_cast<unsigned long>(totals.lost), static_cast<unsigned long>(totals.bad),
               is_terminal_ ? " " : "\n");
  last_ = totals;
  shown_ = true;
}

void Progress::finish() {
  if (shown_ && is_terminal_) std::fputc('\n', stderr);
  shown_ = false;
}

}  // namespace sluice::loadgen
