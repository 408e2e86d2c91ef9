// The words of the signaling protocol that are more than text: sources, transports, roles.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::signaling {

enum class Source : uint8_t { microphone, camera, screen, screen_audio, camera_2, camera_3 };
inline constexpr std::size_t source_count = 6;
inline constexpr std::array<std::string_view, source_count> source_names = {
    "microphone", "camera", "screen", "screen_audio", "camera_2", "camera_3"};

enum class Transport : uint8_t { publish, receive };
inline constexpr std::array<std::string_view, 2> transport_names = {"publish", "receive"};

// What somebody may do, each more than the one before: hear and see; publish; rule over others.
enum class Role : uint8_t { attendee, presenter, host };
inline constexpr std::array<std::string_view, 3> role_names = {"attendee", "presenter", "host"};

constexpr std::string_view to_string(Source s) {
  return source_names[static_cast<std::size_t>(s)];
}
constexpr std::string_view to_string(Transport t) {
  return transport_names[static_cast<std::size_t>(t)];
}
constexpr std::string_view to_string(Role r) {
  return role_names[static_cast<std::size_t>(r)];
}

constexpr bool is_audio(Source s) {
  return s == Source::microphone || s == Source::screen_audio;
}
constexpr bool is_screen(Source s) {
  return s == Source::screen || s == Source::screen_audio;
}

// The value of an enumeration by its name in a table of names.
template <class Enum, std::size_t N>
constexpr std::optional<Enum> by_name(const std::array<std::string_view, N>& names,
                                      std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace sluice::signaling
