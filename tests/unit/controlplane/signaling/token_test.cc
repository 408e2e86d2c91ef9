// Tokens that hold, and every way in which one does not.
#include "controlplane/signaling/token.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "controlplane/signaling/api_keys.h"
#include "controlplane/signaling/base64url.h"

namespace sluice::signaling {
namespace {

constexpr int64_t now = 1'700'000'000;

TokenKey::Secret secret_of(uint8_t fill) {
  TokenKey::Secret secret{};
  secret.fill(fill);
  return secret;
}

Claims participant_claims() {
  Claims c;
  c.kind = TokenKind::participant;
  c.meeting = "weekly";
  c.participant = "p1";
  c.name = "Ada";
  c.role = Role::host;
  c.issued_unix_s = now;
  c.expires_unix_s = now + 3'600;
  return c;
}

std::string encode(std::string_view text) {
  return to_base64url({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

// Signs whatever header and payload with a key: what an attacker who knew the key could write.
std::string sign(const TokenKey::Secret& secret, const std::string& header,
                 const std::string& payload) {
  const std::string text = encode(header) + "." + encode(payload);
  std::array<uint8_t, 32> tag{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), tag.data(), &length);
  return text + "." + to_base64url(tag);
}

TEST(Token, HoldsWhatItWasGiven) {
  const TokenKey key(secret_of(1));
  const auto back = key.check(key.issue(participant_claims()), TokenKind::participant, now);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->meeting, "weekly");
  EXPECT_EQ(back->participant, "p1");
  EXPECT_EQ(back->name, "Ada");
  EXPECT_EQ(back->role, Role::host);
  EXPECT_EQ(back->expires_unix_s, now + 3'600);
  EXPECT_FALSE(back->token_id.empty());
}

TEST(Token, HasAHeaderThatAnyJwtReaderKnows) {
  const TokenKey key(secret_of(1));
  const std::string token = key.issue(participant_claims());
  const auto header = from_base64url(token.substr(0, token.find('.')));
  ASSERT_TRUE(header);
  EXPECT_EQ(*header, R"({"alg":"HS256","kid":")" + key.key_id() + R"(","typ":"JWT"})");
}

TEST(Token, IsItsOwnEachTime) {
  const TokenKey key(secret_of(1));
  EXPECT_NE(key.issue(participant_claims()), key.issue(participant_claims()));
}

struct BadToken {
  const char* name;
  std::string token;
  const char* reason;
};

std::vector<BadToken> bad_tokens() {
  const TokenKey::Secret secret = secret_of(1);
  const TokenKey key(secret);
  const TokenKey other(secret_of(2));
  const std::string good = key.issue(participant_claims());
  const std::string header = R"({"alg":"HS256","kid":")" + key.key_id() + R"(","typ":"JWT"})";
  const std::string payload =
      R"({"kind":"participant","meeting":"m","participant":"p","name":"n","role":"presenter",)"
      R"("iat":1700000000,"exp":1700003600,"jti":"j"})";
  const std::string body = good.substr(good.find('.'), good.rfind('.') - good.find('.'));
  Claims expired = participant_claims();
  expired.expires_unix_s = now;
  Claims future = participant_claims();
  future.issued_unix_s = now + 3'000;
  Claims link = participant_claims();
  link.kind = TokenKind::join;
  const auto with_header = [&](const std::string& text) { return sign(secret, text, payload); };
  const auto with_payload = [&](const std::string& text) { return sign(secret, header, text); };
  std::string flipped = good;
  flipped.back() = flipped.back() == 'A' ? 'Q' : 'A';
  return {
      {"empty", "", "not a token"},
      {"two parts", "a.b", "not a token"},
      {"four parts", good + ".x", "signature"},
      {"alg none", encode(R"({"alg":"none"})") + body + ".", "another key or algorithm"},
      {"alg None, signed",
       with_header(R"({"alg":"None","kid":")" + key.key_id() + R"(","typ":"JWT"})"),
       "another key or algorithm"},
      {"alg HS512", with_header(R"({"alg":"HS512","kid":")" + key.key_id() + R"(","typ":"JWT"})"),
       "another key or algorithm"},
      {"alg RS256", with_header(R"({"alg":"RS256","kid":")" + key.key_id() + R"(","typ":"JWT"})"),
       "another key or algorithm"},
      {"wrong kid", with_header(R"({"alg":"HS256","kid":"AAAAAAAAAAAA","typ":"JWT"})"),
       "another key or algorithm"},
      {"no kid", with_header(R"({"alg":"HS256","typ":"JWT"})"), "another key or algorithm"},
      {"another key", other.issue(participant_claims()), "another key or algorithm"},
      {"no signature", good.substr(0, good.rfind('.') + 1), "signature"},
      {"cut signature", good.substr(0, good.size() - 2), "signature"},
      {"flipped signature", flipped, "signature"},
      {"padded signature", good + "=", "signature"},
      {"foreign payload",
       good.substr(0, good.find('.')) + "." + encode(payload) + good.substr(good.rfind('.')),
       "signature"},
      {"payload not JSON", with_payload("hello"), "not JSON"},
      {"payload an array", with_payload("[]"), "not a JSON object"},
      {"payload nested", with_payload(R"({"a":{"b":{"c":{}}}})"), "nested"},
      {"claim missing", with_payload(R"({"kind":"participant"})"), "claim meeting"},
      {"exp not a number",
       with_payload(R"({"kind":"participant","meeting":"m","participant":"p",)"
                    R"("name":"n","role":"presenter","iat":1,"exp":"9","jti":"j"})"),
       "claim exp"},
      {"exp negative",
       with_payload(R"({"kind":"participant","meeting":"m","participant":"p",)"
                    R"("name":"n","role":"presenter","iat":1,"exp":-9,"jti":"j"})"),
       "claim exp"},
      {"role unknown",
       with_payload(R"({"kind":"participant","meeting":"m","participant":"p",)"
                    R"("name":"n","role":"root","iat":1,"exp":9,"jti":"j"})"),
       "claim role"},
      {"wrong kind", key.issue(link), "another kind"},
      {"expired", key.issue(expired), "expired"},
      {"from the future", key.issue(future), "future"},
      {"too long", good + std::string(4'096, 'A'), "too long"},
  };
}

TEST(Token, IsRefusedForEachReason) {
  const TokenKey key(secret_of(1));
  for (const BadToken& bad : bad_tokens()) {
    const auto checked = key.check(bad.token, TokenKind::participant, now);
    ASSERT_FALSE(checked.ok()) << bad.name;
    EXPECT_NE(checked.error().message.find(bad.reason), std::string::npos)
        << bad.name << ": " << checked.error().message;
  }
}

TEST(Token, OfALinkOpensNoWebSocketAndTheOtherWayRound) {
  const TokenKey key(secret_of(1));
  EXPECT_FALSE(key.check(key.issue(participant_claims()), TokenKind::join, now).ok());
}

TEST(Token, EveryTruncationAndEveryFlippedCharacterIsRefused) {
  const TokenKey key(secret_of(1));
  const std::string good = key.issue(participant_claims());
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(key.check(good.substr(0, i), TokenKind::participant, now).ok()) << i;
    std::string changed = good;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(key.check(changed, TokenKind::participant, now).ok()) << i;
  }
}

class InDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice_token_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const std::string& name, const std::string& text, mode_t mode) {
    std::ofstream(directory_ + "/" + name) << text;
    chmod((directory_ + "/" + name).c_str(), mode);
  }
  std::string directory_;
};

using TokenKeyFile = InDirectory;

TEST_F(TokenKeyFile, IsMadeOnceAndPrivate) {
  const auto first = TokenKey::load_or_make(directory_);
  ASSERT_TRUE(first.ok()) << first.error().message;
  struct stat about {};
  ASSERT_EQ(stat((directory_ + "/token.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const auto second = TokenKey::load_or_make(directory_);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(*first, *second);
}

TEST_F(TokenKeyFile, IsRefusedWhenOthersMayReadItOrItIsCutShort) {
  write("token.key", std::string(32, 'k'), 0644);
  EXPECT_FALSE(TokenKey::load_or_make(directory_).ok());
  write("token.key", std::string(31, 'k'), 0600);
  EXPECT_FALSE(TokenKey::load_or_make(directory_).ok());
  EXPECT_FALSE(TokenKey::load_or_make(directory_ + "/none").ok());
}

using ApiKeyFile = InDirectory;

TEST_F(ApiKeyFile, AllowsItsKeyAndNothingNearIt) {
  write("a", "0123456789abcdef\nrest", 0600);
  write("b", "fedcba9876543210", 0600);
  const auto keys = ApiKeys::load({directory_ + "/a", directory_ + "/b"});
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_TRUE(keys->allows("0123456789abcdef"));
  EXPECT_TRUE(keys->allows("fedcba9876543210"));
  for (const char* wrong : {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdef\n"}) {
    EXPECT_FALSE(keys->allows(wrong)) << wrong;
  }
  EXPECT_FALSE(ApiKeys().allows(""));
}

TEST_F(ApiKeyFile, IsRefusedWhenItHoldsNoKey) {
  write("short", "abc", 0600);
  write("empty", "", 0600);
  EXPECT_FALSE(ApiKeys::load({directory_ + "/short"}).ok());
  EXPECT_FALSE(ApiKeys::load({directory_ + "/empty"}).ok());
  EXPECT_FALSE(ApiKeys::load({directory_ + "/none"}).ok());
}

TEST(Base64Url, IsTheInverseOfItselfAndTakesOneTextPerValue) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    const auto back = from_base64url(encode(bytes));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, bytes);
    bytes += static_cast<char>(i * 37);
  }
  EXPECT_EQ(encode("f"), "Zg");  // RFC 4648 s10
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
  for (const char* bad : {"Z", "Zh", "Zg==", "Zg+/", "Z g", "Zm9vYmF"}) {
    EXPECT_FALSE(from_base64url(bad)) << bad;
  }
}

}  // namespace
}  // namespace sluice::signaling
