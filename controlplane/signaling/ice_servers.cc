#include "controlplane/signaling/ice_servers.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <fstream>
#include <utility>

#include "common/base/assert.h"

namespace sluice::signaling {
namespace {

constexpr std::size_t sha1_bytes = 20;

// RFC 4648 s4, with padding.
std::string to_base64(const std::array<uint8_t, sha1_bytes>& bytes) {
  std::array<uint8_t, 4 * ((sha1_bytes + 2) / 3) + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), bytes.data(), sha1_bytes);
  return {text.begin(), text.begin() + length};
}

}  // namespace

Result<IceServers> IceServers::load(const config::Turn& turn) {
  IceServers servers;
  if (turn.urls.empty()) return servers;
  std::ifstream in(turn.secret_file);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return Error{turn.secret_file + ": cannot read the secret of the TURN servers from it"};
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.size() < turn_secret_characters_min) {
    return Error{turn.secret_file + ": the secret of the TURN servers has at least " +
                 std::to_string(turn_secret_characters_min) + " characters, on the first line"};
  }
  servers.turn_ = turn;
  servers.secret_ = std::move(line);
  return servers;
}

// "expiry:name"; the password is HMAC-SHA1 of that under the secret.
IceServers::Credential IceServers::credential_of(std::string_view participant_id,
                                                 int64_t now_unix_s) const {
  std::string username =
      std::to_string(now_unix_s + turn_.lifetime_s) + ":" + std::string(participant_id);
  std::array<uint8_t, sha1_bytes> mac{};
  unsigned length = 0;
  const uint8_t* done =
      HMAC(EVP_sha1(), secret_.data(), static_cast<int>(secret_.size()),
           reinterpret_cast<const uint8_t*>(username.data()), username.size(), mac.data(), &length);
  SLUICE_ASSERT(done != nullptr && length == mac.size());
  return {std::move(username), to_base64(mac)};
}

nlohmann::json IceServers::for_participant(std::string_view participant_id,
                                           int64_t now_unix_s) const {
  nlohmann::json servers = nlohmann::json::array();
  if (turn_.urls.empty()) return servers;
  const Credential credential = credential_of(participant_id, now_unix_s);
  servers.push_back({{"urls", turn_.urls},
                     {"username", credential.username},
                     {"credential", credential.password}});
  return servers;
}

std::vector<std::string> IceServers::links_for(std::string_view participant_id,
                                               int64_t now_unix_s) const {
  std::vector<std::string> links;
  if (turn_.urls.empty()) return links;
  const Credential credential = credential_of(participant_id, now_unix_s);
  for (const std::string& url : turn_.urls) {
    links.push_back("<" + url + ">; rel=\"ice-server\"; username=\"" + credential.username +
                    "\"; credential=\"" + credential.password + "\"; credential-type=\"password\"");
  }
  return links;
}

}  // namespace sluice::signaling
