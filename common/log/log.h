// One line per event on stderr: time level area message key=value ... The same of every daemon.
//
// At `info` and above nothing is logged that belongs to a person or a session: no tokens, keys, SDP
// or addresses. `debug` may name addresses. Safe from any thread, but never with a packet in hand.
// Why a daemon cannot start is no event: a plain line for whoever started it.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::log {

enum class Level : uint8_t { error, warning, info, debug };

// Quoted and escaped when it holds anything but letters, digits and plain punctuation.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}

  std::string_view key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

// error | warning | info | debug; false when the text is none of them.
bool set_level(std::string_view name);
bool enabled(Level level);

void write(Level level, std::string_view area, std::string_view message, Fields fields = {});

inline void error(std::string_view area, std::string_view message, Fields fields = {}) {
  write(Level::error, area, message, fields);
}
inline void warning(std::string_view area, std::string_view message, Fields fields = {}) {
  write(Level::warning, area, message, fields);
}
inline void info(std::string_view area, std::string_view message, Fields fields = {}) {
  write(Level::info, area, message, fields);
}
inline void debug(std::string_view area, std::string_view message, Fields fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, area, message, fields);
}

}  // namespace sluice::log
