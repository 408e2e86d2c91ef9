// The query of a URL as browsers write it (application/x-www-form-urlencoded).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace sluice::signaling {

// The first value of that name, decoded. Nothing when it is absent or badly encoded.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// A person's or a meeting's name as it may be shown: control characters become spaces, blanks at
// the ends go. Nothing when it is not UTF-8 or has more than `characters_max` characters.
std::optional<std::string> display_text(std::string_view text, std::size_t characters_max);

inline constexpr std::size_t display_name_characters_max = 64;
// What ?name= says somebody is called; "Guest" when it says nothing. Errors name it.
Result<std::string> display_name(std::string_view query);

}  // namespace sluice::signaling
