#include "common/log/log.h"

#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>

namespace sluice::log {
namespace {

constexpr std::array<std::string_view, 4> level_names = {"error", "warning", "info", "debug"};

std::atomic<Level> threshold{Level::info};

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && std::string_view("-_./:+#@,").find(c) == std::string_view::npos) return false;
  }
  return true;
}

void append_value(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      // One event stays one line, whatever a peer put into a name.
      std::array<char, 5> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
      line += hex.data();
    } else {
      line += c;
    }
  }
  line += '"';
}

void append_time(std::string& line) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  std::array<char, 24> date{};
  strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string milliseconds = std::to_string(1'000 + now.tv_nsec / 1'000'000);
  line += date.data();
  line += '.';
  line.append(milliseconds, 1, 3);
  line += 'Z';
}

}  // namespace

bool set_level(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] != name) continue;
    threshold.store(static_cast<Level>(i), std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool enabled(Level level) {
  return level <= threshold.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view area, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  std::string line;
  line.reserve(160);
  append_time(line);
  line += ' ';
  line += level_names[static_cast<std::size_t>(level)];
  line += ' ';
  line += area;
  line += ' ';
  line += message;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  line += '\n';
  // One write per line: lines of several threads never mix. A broken stderr must not stop a
  // conference.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace sluice::log
