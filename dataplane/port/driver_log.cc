#include "dataplane/port/driver_log.h"

#include <rte_log.h>

#include <cstdlib>

namespace sluice::dataplane {

DriverLog::DriverLog() : file_(open_memstream(&text_, &length_)) {
  rte_openlog_stream(file_);
}

DriverLog::~DriverLog() {
  rte_openlog_stream(nullptr);
  if (file_ != nullptr) std::fclose(file_);
  std::free(text_);
}

std::string DriverLog::last_line() {
  if (file_ == nullptr || std::fflush(file_) != 0) return {};
  std::string all(text_, length_);
  while (!all.empty() && all.back() == '\n') all.pop_back();
  return all.substr(all.rfind('\n') + 1);
}

}  // namespace sluice::dataplane
