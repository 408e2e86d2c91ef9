// The multi-buffer engine against the packets printed in the RFCs. They give session keys, so the
// tests enter below the key derivation.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/srtp/multi_buffer.h"
#include "tests/unit/srtp/random_packet.h"

namespace sluice::srtp {
namespace {

using test::Bytes;
using test::hex;

struct alignas(64) Storage {
  std::byte bytes[sizeof(SessionKey)];
};

class RfcVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MultiBuffer::create();
    ASSERT_TRUE(made) << made.error().message;
    engine_ = std::move(*made);
  }
  // RTP and RTCP with the same keys.
  const SessionKey* key(Profile profile, const Bytes& cipher_key, const Bytes& salt) {
    SessionKeys keys;
    std::ranges::copy(cipher_key, keys.rtp.key.begin());
    std::ranges::copy(salt, keys.rtp.salt.begin());
    keys.rtcp = keys.rtp;
    return engine_->expand(profile, keys, &storage_);
  }
  Bytes protect(const SessionKey* key, const Bytes& plain, SrtpIndex index, Ssrc ssrc) {
    Bytes packet(plain.begin(), plain.begin() + header_length_);
    packet.resize(plain.size() + rtp_overhead(key->profile) + 2);
    const ProtectJob job{key,
                         packet.data(),
                         plain.data() + header_length_,
                         header_length_,
                         static_cast<uint16_t>(plain.size() - header_length_),
                         ssrc,
                         index};
    engine_->protect({&job, 1});
    packet.resize(packet.size() - 2);
    return packet;
  }
  Bytes unprotect(const SessionKey* key, const Bytes& packet, SrtpIndex index, Ssrc ssrc) {
    Bytes plain(packet.begin(), packet.begin() + header_length_);
    plain.resize(packet.size());
    UnprotectJob job{key,
                     packet.data(),
                     plain.data() + header_length_,
                     static_cast<uint16_t>(packet.size()),
                     header_length_,
                     ssrc,
                     index};
    engine_->unprotect({&job, 1});
    if (!job.ok) return {};
    plain.resize(static_cast<std::size_t>(header_length_ + job.payload_length));
    return plain;
  }
  Bytes protect_rtcp(const SessionKey* key, Bytes packet, SrtcpIndex index) {
    const std::size_t length = packet.size();
    packet.resize(length + rtcp_overhead(key->profile) + 2);
    packet.resize(engine_->protect_rtcp(key->rtcp, packet.data(), length, packet.size(), index));
    return packet;
  }
  Bytes unprotect_rtcp(const SessionKey* key, Bytes packet, SrtcpIndex* index) {
    packet.resize(engine_->unprotect_rtcp(key->rtcp, packet.data(), packet.size(), index));
    return packet;
  }

  static constexpr uint16_t header_length_ = 12;
  Storage storage_;
  std::unique_ptr<MultiBuffer> engine_;
};

const Bytes key_128 = hex("000102030405060708090a0b0c0d0e0f");
const Bytes key_256 = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const Bytes quid_pro_quo = hex("517569642070726f2071756f");
const Bytes gallia =
    hex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"
        "61727465 73207472 6573");
constexpr Ssrc gallia_ssrc{0x5501a0b2};
constexpr SrtpIndex gallia_index{0xf17b};
const Bytes sender_report =
    hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef"
        "deadbeef deadbeef deadbeef");
constexpr SrtcpIndex report_index{0x5d4};

TEST_F(RfcVectors, AesCmKeystreamOfRfc3711AppendixB2) {
  const auto* k = key(Profile::aes128_cm_sha1_80, hex("2B7E151628AED2A6ABF7158809CF4F3C"),
                      hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
  Bytes zeros(header_length_ + 48);
  const Bytes packet = protect(k, zeros, SrtpIndex(0), Ssrc(0));
  const Bytes keystream(packet.begin() + header_length_, packet.begin() + header_length_ + 48);
  EXPECT_EQ(keystream, hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                           "41E95B3BB0A2E8DD477901E4FCA894C0"));
}

TEST_F(RfcVectors, Aes128GcmRtpOfRfc7714Section16) {
  const Bytes wire = hex(
      "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a"
      "51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce");
  const auto* k = key(Profile::aead_aes_128_gcm, key_128, quid_pro_quo);
  EXPECT_EQ(protect(k, gallia, gallia_index, gallia_ssrc), wire);
  EXPECT_EQ(unprotect(k, wire, gallia_index, gallia_ssrc), gallia);
}

TEST_F(RfcVectors, Aes256GcmRtpOfRfc7714Section16) {
  const Bytes wire = hex(
      "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02"
      "76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13");
  const auto* k = key(Profile::aead_aes_256_gcm, key_256, quid_pro_quo);
  EXPECT_EQ(protect(k, gallia, gallia_index, gallia_ssrc), wire);
  EXPECT_EQ(unprotect(k, wire, gallia_index, gallia_ssrc), gallia);
}

TEST_F(RfcVectors, Aes128GcmRtcpOfRfc7714Section17) {
  const Bytes wire = hex(
      "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda"
      "4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4");
  const auto* k = key(Profile::aead_aes_128_gcm, key_128, quid_pro_quo);
  EXPECT_EQ(protect_rtcp(k, sender_report, report_index), wire);
  SrtcpIndex index;
  EXPECT_EQ(unprotect_rtcp(k, wire, &index), sender_report);
  EXPECT_EQ(index, report_index);
}

TEST_F(RfcVectors, Aes256GcmRtcpOfRfc7714Section17) {
  const Bytes wire = hex(
      "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be"
      "8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4");
  const auto* k = key(Profile::aead_aes_256_gcm, key_256, quid_pro_quo);
  EXPECT_EQ(protect_rtcp(k, sender_report, report_index), wire);
  SrtcpIndex index;
  EXPECT_EQ(unprotect_rtcp(k, wire, &index), sender_report);
  EXPECT_EQ(index, report_index);
}

TEST_F(RfcVectors, RtcpWithoutEncryptionIsRefused) {
  // RFC 7714 s17.3: authentic, but the E flag is clear.
  const Bytes wire = hex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef"
      "deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790 125f62b3 000005d4");
  SrtcpIndex index;
  EXPECT_TRUE(
      unprotect_rtcp(key(Profile::aead_aes_128_gcm, key_128, quid_pro_quo), wire, &index).empty());
}

}  // namespace
}  // namespace sluice::srtp
