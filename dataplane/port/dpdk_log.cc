#include "dataplane/port/dpdk_log.h"

#include <rte_log.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "common/log/log.h"

namespace sluice::dataplane {
namespace {

// Of the message that is being written: EAL keeps it for the thread that writes.
log::Level level_now() {
  switch (rte_log_cur_msg_loglevel()) {
    case RTE_LOG_EMERG:
    case RTE_LOG_ALERT:
    case RTE_LOG_CRIT:
    case RTE_LOG_ERR:
      return log::Level::error;
    case RTE_LOG_WARNING:
      return log::Level::warning;
    case RTE_LOG_NOTICE:
    case RTE_LOG_INFO:
      return log::Level::info;
    default:
      return log::Level::debug;
  }
}

// A message may come in pieces, and a piece may hold several lines. stdio holds the stream's lock.
ssize_t write_lines(void* cookie, const char* bytes, std::size_t length) {
  std::string& begun = *static_cast<std::string*>(cookie);
  begun.append(bytes, length);
  for (std::size_t end; (end = begun.find('\n')) != std::string::npos; begun.erase(0, end + 1)) {
    const std::string_view line = std::string_view(begun).substr(0, end);
    if (!line.empty()) log::write(level_now(), "dpdk", "says", {{"text", line}});
  }
  return static_cast<ssize_t>(length);
}

}  // namespace

void route_dpdk_log() {
  static std::string begun;
  static FILE* const stream = fopencookie(
      &begun, "w", {.read = nullptr, .write = write_lines, .seek = nullptr, .close = nullptr});
  if (stream != nullptr) rte_openlog_stream(stream);
}

}  // namespace sluice::dataplane
