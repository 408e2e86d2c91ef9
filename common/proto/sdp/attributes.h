// The attributes of an m-section, one parser each, found by name.
#pragma once

#include <string_view>

#include "common/proto/sdp/description.h"

namespace sluice::proto::sdp {

enum class Taken : uint8_t { yes, malformed, unknown };

// Reads "name:value" (or a bare "name", with an empty value) into `m`.
Taken take_attribute(std::string_view name, std::string_view value, Media& m);

}  // namespace sluice::proto::sdp
