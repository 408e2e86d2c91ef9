#include "controlplane/random_id.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/assert.h"

namespace sluice {

std::string random_id() {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<uint8_t, random_id_characters> bytes{};
  SLUICE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  std::string id;
  for (const uint8_t byte : bytes) id += alphabet[byte & 31];
  return id;
}

}  // namespace sluice
