// The API keys that may create meetings: read from files at start, held as hashes, compared in
// constant time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace sluice::signaling {

class ApiKeys {
 public:
  static constexpr std::size_t key_characters_min = 16;
  static constexpr std::size_t key_characters_max = 512;

  // One key on the first line of each file. Errors name the file.
  static Result<ApiKeys> load(const std::vector<std::string>& files);

  // Takes the same time whatever the key and whichever matches.
  bool allows(std::string_view key) const;
  std::size_t size() const { return hashes_.size(); }

 private:
  using Hash = std::array<uint8_t, 32>;
  std::vector<Hash> hashes_;
};

}  // namespace sluice::signaling
