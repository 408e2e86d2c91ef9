// Seeded RTP and RTCP packets, keys, and storage for session keys: what the SRTP tests are fed
// with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "common/srtp/engine.h"

namespace sluice::srtp::test {

using Bytes = std::vector<uint8_t>;
using Random = std::mt19937_64;

inline constexpr Profile profiles[] = {Profile::aes128_cm_sha1_80, Profile::aead_aes_128_gcm,
                                       Profile::aead_aes_256_gcm};

inline Bytes hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    if (high >= 0) out.push_back(static_cast<uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return out;
}

inline void fill(Random& random, std::span<uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); i += 8) {
    const uint64_t word = random();
    std::memcpy(out.data() + i, &word, std::min<std::size_t>(8, out.size() - i));
  }
}

inline MasterKey random_master_key(Random& random) {
  MasterKey master;
  fill(random, master.key);
  fill(random, master.salt);
  return master;
}

// A finished RTP header: 0..15 CSRCs, sometimes a one-byte header extension block of 0..8 words
// (RFC 3550 s5.1, s5.3.1).
inline Bytes random_header(Random& random, Ssrc ssrc, uint16_t seq) {
  const auto csrcs = static_cast<uint8_t>(random() % 4 == 0 ? random() % 16 : 0);
  const bool extended = random() % 2 == 0;
  const auto words = static_cast<uint8_t>(random() % 9);
  Bytes h(12U + csrcs * 4U + (extended ? 4U + words * 4U : 0U));
  fill(random, h);
  h[0] = static_cast<uint8_t>(0x80 | (extended ? 0x10 : 0) | csrcs);
  h[2] = static_cast<uint8_t>(seq >> 8);
  h[3] = static_cast<uint8_t>(seq);
  for (unsigned i = 0; i < 4; ++i) h[8 + i] = static_cast<uint8_t>(ssrc.value() >> (24 - 8 * i));
  if (extended) {
    uint8_t* x = h.data() + 12 + csrcs * 4U;
    x[0] = 0xbe;
    x[1] = 0xde;
    x[2] = 0;
    x[3] = words;
  }
  return h;
}

// One whole RTCP packet of 8..8+4*word_count_max bytes with a header that parsers accept (RFC 3550
// s6.4).
inline Bytes random_rtcp(Random& random, Ssrc ssrc, unsigned word_count_max) {
  const auto words = static_cast<uint8_t>(random() % (word_count_max + 1));
  Bytes p(8U + words * 4U);
  fill(random, p);
  p[0] = 0x80;
  p[1] = 200;
  p[2] = 0;
  p[3] = static_cast<uint8_t>(words + 1);
  for (unsigned i = 0; i < 4; ++i) p[4 + i] = static_cast<uint8_t>(ssrc.value() >> (24 - 8 * i));
  return p;
}

// A session key in storage of its own; ends with its engine's blessing.
class OwnedKey {
 public:
  OwnedKey(Engine& engine, Profile profile, const MasterKey& master)
      : engine_(&engine),
        storage_(std::aligned_alloc(64, engine.key_size()), &std::free),
        key_(engine.expand(profile, master, storage_.get())) {}
  OwnedKey(OwnedKey&&) = default;
  ~OwnedKey() {
    if (storage_) engine_->wipe(key_);
  }
  const SessionKey* get() const { return key_; }

 private:
  Engine* engine_;
  std::unique_ptr<void, decltype(&std::free)> storage_;
  SessionKey* key_;
};

inline Bytes protect(Engine& engine, const SessionKey* key, const Bytes& header,
                     const Bytes& payload, Ssrc ssrc, SrtpIndex index) {
  const std::size_t overhead = rtp_overhead(Engine::profile_of(key));
  Bytes packet(header.size() + payload.size() + overhead + 2);
  std::copy(header.begin(), header.end(), packet.begin());
  const ProtectJob job{key,
                       packet.data(),
                       payload.data(),
                       static_cast<uint16_t>(header.size()),
                       static_cast<uint16_t>(payload.size()),
                       ssrc,
                       index};
  engine.protect({&job, 1});
  packet.resize(packet.size() - 2);
  return packet;
}

// The payload; nothing when the packet is refused.
inline bool unprotect(Engine& engine, const SessionKey* key, std::span<const uint8_t> packet,
                      std::size_t header_length, Ssrc ssrc, SrtpIndex index, Bytes* payload) {
  payload->assign(packet.size() > header_length ? packet.size() - header_length : 0, 0xa5);
  UnprotectJob job{key,
                   packet.data(),
                   payload->data(),
                   static_cast<uint16_t>(packet.size()),
                   static_cast<uint16_t>(header_length),
                   ssrc,
                   index};
  engine.unprotect({&job, 1});
  if (job.ok) payload->resize(job.payload_length);
  return job.ok;
}

}  // namespace sluice::srtp::test
