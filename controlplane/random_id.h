// Names that nobody can guess and that never repeat: 100 random bits as 20 lower-case letters and
// digits (RFC 4648 s6).
#pragma once

#include <string>

namespace sluice {

inline constexpr std::size_t random_id_characters = 20;

std::string random_id();

}  // namespace sluice
