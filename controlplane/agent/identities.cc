#include "controlplane/agent/identities.h"

#include <openssl/rand.h>

#include <array>

#include "common/base/assert.h"
#include "common/proto/ice.h"

namespace sluice::agent {
namespace {

void fill_random(void* to, std::size_t length) {
  SLUICE_ASSERT(RAND_bytes(static_cast<unsigned char*>(to), static_cast<int>(length)) == 1);
}

std::string random_text(std::size_t length) {
  std::array<uint8_t, 64> bytes;
  SLUICE_ASSERT(length <= bytes.size());
  fill_random(bytes.data(), length);
  return proto::ice_text({bytes.data(), length});
}

}  // namespace

uint32_t Identities::make_u32() const {
  uint32_t value = 0;
  fill_random(&value, sizeof value);
  return value;
}

uint32_t Identities::take_ssrc() {
  for (;;) {
    const uint32_t ssrc = make_u32();
    if (ssrc != 0 && ssrcs_.insert(ssrc).second) return ssrc;
  }
}

std::string Identities::take_ufrag() {
  for (;;) {
    std::string ufrag = random_text(proto::ice_ufrag_length);
    if (ufrags_.insert(ufrag).second) return ufrag;
  }
}

std::string Identities::make_pwd() const {
  return random_text(proto::ice_pwd_length);
}

uint64_t Identities::make_id() const {
  uint64_t id = 0;
  while (id == 0) fill_random(&id, sizeof id);
  return id;
}

std::string Identities::make_cname() const {
  return random_text(16);
}

}  // namespace sluice::agent
