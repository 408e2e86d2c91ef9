#include "common/srtp/key_derivation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/srtp/random_packet.h"

namespace sluice::srtp {
namespace {

using test::Bytes;
using test::hex;

Bytes derived(const Bytes& key, const Bytes& salt, uint8_t label, std::size_t length) {
  Bytes out(length);
  derive_key(key, salt, label, out);
  return out;
}

TEST(KeyDerivation, Aes128FollowsRfc3711AppendixB3) {
  const Bytes key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
  const Bytes salt = hex("0EC675AD498AFEEBB6960B3AABE6");
  EXPECT_EQ(derived(key, salt, 0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(derived(key, salt, 2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(derived(key, salt, 1, 94),
            hex("CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE"
                "E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25"
                "6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2"));
}

TEST(KeyDerivation, Aes256FollowsRfc6188Section7) {
  const Bytes key = hex("F0F04914B513F2763A1B1FA130F10E29 98F6F6E43E4309D1E622A0E332B9F1B6");
  const Bytes salt = hex("3B04803DE51EE7C96423AB5B78D2");
  EXPECT_EQ(derived(key, salt, 0, 32),
            hex("5BA1064E30EC51613CAD926C5A28EF73 1EC7FB397F70A960653CAF06554CD8C4"));
  EXPECT_EQ(derived(key, salt, 2, 14), hex("FA31791685CA444A9E07C6C64E93"));
  EXPECT_EQ(derived(key, salt, 1, 20), hex("FD9C32D39ED5FBB5A9DC96B30818454D1313DC05"));
}

TEST(KeyDerivation, TwelveByteSaltIsPaddedOnTheRight) {
  const Bytes key = hex("000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(derived(key, hex("a0a1a2a3a4a5a6a7a8a9aaab"), 0, 16),
            derived(key, hex("a0a1a2a3a4a5a6a7a8a9aaab0000"), 0, 16));
}

TEST(KeyDerivation, SessionKeysUseTheSixLabelsAndTheLengthsOfTheProfile) {
  test::Random random(1);
  const MasterKey master = test::random_master_key(random);
  for (const Profile profile : test::profiles) {
    SCOPED_TRACE(name_of(profile));
    const Bytes key(master.key.begin(),
                    master.key.begin() + static_cast<long>(key_length(profile)));
    const Bytes salt(master.salt.begin(),
                     master.salt.begin() + static_cast<long>(salt_length(profile)));
    const SessionKeys keys = derive_session_keys(profile, master);
    uint8_t label = 0;
    for (const CipherKeys* part : {&keys.rtp, &keys.rtcp}) {
      Bytes want = derived(key, salt, label, key_length(profile));
      want.resize(key_length_max);
      EXPECT_TRUE(std::ranges::equal(part->key, want));
      want = derived(key, salt, static_cast<uint8_t>(label + 1), auth_key_length);
      if (profile != Profile::aes128_cm_sha1_80) std::ranges::fill(want, uint8_t{0});
      EXPECT_TRUE(std::ranges::equal(part->auth_key, want));
      want = derived(key, salt, static_cast<uint8_t>(label + 2), salt_length(profile));
      want.resize(salt_length_max);
      EXPECT_TRUE(std::ranges::equal(part->salt, want));
      label = 3;
    }
  }
}

}  // namespace
}  // namespace sluice::srtp
