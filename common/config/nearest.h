// "Did you mean": the known word nearest to the one that was typed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::config {

// Optimal string alignment distance, ignoring case: insertions, deletions, substitutions, swapped
// neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate with the smallest distance, when it is near enough to be a slip; empty otherwise.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "a, b or c".
std::string one_of(std::span<const std::string_view> candidates);

}  // namespace sluice::config
