#include "dataplane/port/driver_log.h"

#include <rte_log.h>

#include <cstdlib>

namespace sluice::dataplane {

DriverLog::DriverLog() : before_(rte_log_get_stream()), file_(open_memstream(&text_, &length_)) {
  rte_openlog_stream(file_);
}

DriverLog::~DriverLog() {
  rte_openlog_stream(before_);
  if (file_ != nullptr) std::fclose(file_);
  std::free(text_);
}

std::string DriverLog::first_line() {
  if (file_ == nullptr || std::fflush(file_) != 0) return {};
  // Errors are logged from the inside out: the first one names the cause.
  const std::string all(text_, length_);
  return all.substr(0, all.find('\n'));
}

}  // namespace sluice::dataplane
