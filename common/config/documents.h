// How many YAML documents a text holds.
#pragma once

#include <optional>
#include <string>

#include "common/config/faults.h"

namespace sluice::config {

// Where a second document begins. YAML::LoadAll would say, but never ends on a text that begins
// with a comma (yaml-cpp 0.7). Throws YAML::Exception when the text before it is no YAML.
std::optional<Place> second_document(const std::string& text);

}  // namespace sluice::config
