#include "controlplane/signaling/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <fstream>

#include "common/base/assert.h"

namespace sluice::signaling {
namespace {

std::array<uint8_t, 32> sha256(std::string_view text) {
  std::array<uint8_t, 32> hash{};
  unsigned int length = 0;
  const int done =
      EVP_Digest(text.data(), text.size(), hash.data(), &length, EVP_sha256(), nullptr);
  SLUICE_ASSERT(done == 1 && length == hash.size());
  return hash;
}

}  // namespace

Result<ApiKeys> ApiKeys::load(const std::vector<std::string>& files) {
  ApiKeys keys;
  for (const std::string& path : files) {
    std::ifstream in(path);
    std::string line;
    if (!in || !std::getline(in, line)) return Error{path + ": cannot read an API key from it"};
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.size() < key_characters_min || line.size() > key_characters_max) {
      return Error{path + ": an API key has " + std::to_string(key_characters_min) + " to " +
                   std::to_string(key_characters_max) + " characters on the first line"};
    }
    keys.hashes_.push_back(sha256(line));
    OPENSSL_cleanse(line.data(), line.size());
  }
  return keys;
}

bool ApiKeys::allows(std::string_view key) const {
  // Hashes have one length and tell nothing about a near miss.
  const Hash given = sha256(key);
  int matches = 0;
  for (const Hash& hash : hashes_) {
    matches += CRYPTO_memcmp(hash.data(), given.data(), hash.size()) == 0 ? 1 : 0;
  }
  return matches > 0;
}

}  // namespace sluice::signaling
