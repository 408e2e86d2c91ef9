// Both engines behind the seam, each as sender and as receiver, for every profile.
#include "common/srtp/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <tuple>

#include "common/srtp/replay.h"
#include "common/srtp/rollover.h"
#include "tests/unit/srtp/random_packet.h"

namespace sluice::srtp {
namespace {

using namespace test;

std::unique_ptr<Engine> make_engine(EngineKind kind) {
  auto made = Engine::create(kind);
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

using Pair = std::tuple<EngineKind, EngineKind, Profile>;

class Engines : public ::testing::TestWithParam<Pair> {
 protected:
  std::unique_ptr<Engine> sender_ = make_engine(std::get<0>(GetParam()));
  std::unique_ptr<Engine> receiver_ = make_engine(std::get<1>(GetParam()));
  Profile profile_ = std::get<2>(GetParam());
  Random random_{7};
  MasterKey master_ = random_master_key(random_);
  OwnedKey out_{*sender_, profile_, master_};
  OwnedKey in_{*receiver_, profile_, master_};
  RtcpKey raw_in_ = receiver_->keep_rtcp(profile_, master_);
};

struct Sent {
  Bytes packet;
  Bytes payload;
  std::size_t header_length;
  SrtpIndex index;
};

TEST_P(Engines, CarryAStreamWithLossReorderingAndWraps) {
  constexpr uint64_t seed = 4'242;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  constexpr Ssrc ssrc{0xdecafbad};
  constexpr int packet_count = 12'000;
  constexpr uint64_t step_max = 40;  // 12,000 packets wrap about twice
  uint64_t next = 65'000;
  ReplayWindow window;
  uint64_t highest = 0;
  std::deque<Sent> flying;
  int accepted = 0;
  for (int i = 0; i < packet_count; ++i) {
    next += 1 + random() % step_max % (i % 2 == 0 ? 2 : step_max);
    const SrtpIndex index(next);
    const Bytes header = random_header(random, ssrc, static_cast<uint16_t>(next));
    Bytes payload(random() % 1'401);
    fill(random, payload);
    flying.push_back({protect(*sender_, out_.get(), header, payload, ssrc, index), payload,
                      header.size(), index});
    if (flying.size() < 8) continue;
    // Any of the eight in flight arrives next; one in ten never does.
    const auto at = flying.begin() + static_cast<long>(random() % flying.size());
    const Sent sent = std::move(*at);
    flying.erase(at);
    if (random() % 10 == 0) continue;
    const Seq16 seq(static_cast<uint16_t>(sent.index.value()));
    const SrtpIndex guess = estimate_index(SrtpIndex(highest), seq);
    ASSERT_EQ(guess, sent.index);
    if (!window.check(guess.value())) continue;
    Bytes plain;
    ASSERT_TRUE(
        unprotect(*receiver_, in_.get(), sent.packet, sent.header_length, ssrc, guess, &plain))
        << "index " << guess.value();
    ASSERT_EQ(plain, sent.payload);
    window.commit(guess.value());
    highest = window.highest();
    ++accepted;
  }
  EXPECT_GT(accepted, packet_count * 8 / 10);
  EXPECT_GT(highest >> 16, 1U);
}

TEST_P(Engines, TakeAnyIndexInAnyOrder) {
  // Replay and roll-over are the caller's: an engine has no memory of indices that could refuse
  // one.
  constexpr Ssrc ssrc{0x01020304};
  const uint64_t indices[] = {0,      70'000,           70'000,        69'000,
                              5,      1ULL << 40,       200'000,       32'768,
                              65'536, (1ULL << 48) - 1, 0x1'0000'8000, 0};
  for (const uint64_t i : indices) {
    SCOPED_TRACE(i);
    const Bytes header = random_header(random_, ssrc, static_cast<uint16_t>(i));
    const Bytes payload(100, static_cast<uint8_t>(i));
    const Bytes packet = protect(*sender_, out_.get(), header, payload, ssrc, SrtpIndex(i));
    Bytes plain;
    for (int times = 0; times < 2; ++times) {
      ASSERT_TRUE(
          unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, SrtpIndex(i), &plain));
      ASSERT_EQ(plain, payload);
    }
    const SrtpIndex other_roc(i ^ (1ULL << 20));
    EXPECT_FALSE(unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, other_roc, &plain));
  }
}

TEST_P(Engines, ForgetForgeries) {
  // Forged first packets at any roll-over counter, then the stream itself, also after a receiver's
  // restart.
  const Bytes payload(50, 9);
  for (const uint64_t first : {7ULL, 5ULL << 16 | 7}) {
    const Ssrc ssrc(static_cast<uint32_t>(first));
    const Bytes header = random_header(random_, ssrc, 7);
    const Bytes packet = protect(*sender_, out_.get(), header, payload, ssrc, SrtpIndex(first));
    Bytes forged = packet;
    forged.back() ^= 1;
    Bytes plain;
    for (uint64_t roc = 0; roc < 8; ++roc) {
      EXPECT_FALSE(unprotect(*receiver_, in_.get(), forged, header.size(), ssrc,
                             SrtpIndex(roc << 16 | 7), &plain));
    }
    ASSERT_TRUE(
        unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, SrtpIndex(first), &plain));
    EXPECT_EQ(plain, payload);
  }
}

TEST_P(Engines, CarryEverySize) {
  constexpr Ssrc ssrc{0xffff'0001};
  for (std::size_t size = 0; size <= 1'400; ++size) {
    const Bytes header = random_header(random_, ssrc, static_cast<uint16_t>(size));
    Bytes payload(size);
    fill(random_, payload);
    const Bytes packet = protect(*sender_, out_.get(), header, payload, ssrc, SrtpIndex(size));
    ASSERT_EQ(packet.size(), header.size() + size + rtp_overhead(profile_));
    ASSERT_TRUE(std::equal(header.begin(), header.end(), packet.begin()));
    Bytes plain;
    ASSERT_TRUE(
        unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, SrtpIndex(size), &plain))
        << size;
    ASSERT_EQ(plain, payload) << size;
  }
}

TEST_P(Engines, RefuseAPacketWithAnyByteChanged) {
  constexpr Ssrc ssrc{0x55aa55aa};
  constexpr SrtpIndex index{1'234};
  for (const std::size_t size : {0u, 1u, 33u, 200u}) {
    const Bytes header = random_header(random_, ssrc, 1'234);
    Bytes payload(size);
    fill(random_, payload);
    Bytes packet = protect(*sender_, out_.get(), header, payload, ssrc, index);
    Bytes plain;
    for (std::size_t i = 0; i < packet.size(); ++i) {
      const auto flip = static_cast<uint8_t>(1U << random_() % 8);
      packet[i] ^= flip;
      EXPECT_FALSE(unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, index, &plain))
          << i;
      packet[i] ^= flip;
    }
    EXPECT_TRUE(unprotect(*receiver_, in_.get(), packet, header.size(), ssrc, index, &plain));
  }
}

TEST_P(Engines, RefuseEveryTruncation) {
  constexpr Ssrc ssrc{0x11223344};
  constexpr SrtpIndex index{9};
  const Bytes header = random_header(random_, ssrc, 9);
  const Bytes packet = protect(*sender_, out_.get(), header, Bytes(80, 1), ssrc, index);
  Bytes plain;
  for (std::size_t length = 0; length < packet.size(); ++length) {
    const Bytes cut(packet.begin(), packet.begin() + static_cast<long>(length));
    EXPECT_FALSE(unprotect(*receiver_, in_.get(), cut, header.size(), ssrc, index, &plain))
        << length;
  }
}

TEST_P(Engines, KeepTheVerdictsOfABatchApart) {
  constexpr std::size_t count = 150;
  constexpr Ssrc ssrc{42};
  std::vector<Bytes> packets(count), payloads(count), plains(count, Bytes(1'500));
  std::vector<uint16_t> header_lengths(count);
  std::vector<UnprotectJob> jobs;
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes header = random_header(random_, ssrc, static_cast<uint16_t>(i));
    header_lengths[i] = static_cast<uint16_t>(header.size());
    payloads[i].resize(random_() % 1'401);
    fill(random_, payloads[i]);
    packets[i] = protect(*sender_, out_.get(), header, payloads[i], ssrc, SrtpIndex(i));
    if (i % 3 == 1) packets[i].back() ^= 1;
    if (i % 7 == 2) packets[i].resize(header.size() + 3);
    jobs.push_back({in_.get(), packets[i].data(), plains[i].data(),
                    static_cast<uint16_t>(packets[i].size()), header_lengths[i], ssrc,
                    SrtpIndex(i)});
  }
  const std::vector<Bytes> before = packets;
  receiver_->unprotect(jobs);
  EXPECT_EQ(packets, before);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(jobs[i].ok, i % 3 != 1 && i % 7 != 2) << i;
    if (!jobs[i].ok) continue;
    ASSERT_EQ(jobs[i].payload_length, payloads[i].size());
    ASSERT_TRUE(std::equal(payloads[i].begin(), payloads[i].end(), plains[i].begin())) << i;
  }
}

TEST_P(Engines, CarryRtcpWithAnyIndex) {
  uint32_t index = 0;
  for (int i = 0; i < 2'000; ++i) {
    const Ssrc ssrc(static_cast<uint32_t>(1 + random_() % 3));
    index =
        i % 50 == 0 ? static_cast<uint32_t>(random_()) & 0x7fff'ffff : (index + 1) & 0x7fff'ffff;
    const Bytes plain = random_rtcp(random_, ssrc, 200);
    Bytes packet = plain;
    packet.resize(plain.size() + rtcp_overhead(profile_) + 2);
    packet.resize(sender_->protect_rtcp(out_.get(), packet.data(), plain.size(), packet.size(),
                                        SrtcpIndex(index)));
    ASSERT_EQ(packet.size(), plain.size() + rtcp_overhead(profile_));
    SrtcpIndex found;
    Bytes again = packet;
    again.resize(receiver_->unprotect_rtcp(in_.get(), again.data(), again.size(), &found));
    ASSERT_EQ(again, plain) << "step " << i;
    ASSERT_EQ(found.value(), index);
    found = SrtcpIndex();
    packet.resize(receiver_->unprotect_rtcp(raw_in_, packet.data(), packet.size(), &found));
    ASSERT_EQ(packet, plain) << "step " << i << ", raw key";
    ASSERT_EQ(found.value(), index);
  }
}

TEST_P(Engines, RefuseRtcpThatWasChangedOrCut) {
  Bytes packet = random_rtcp(random_, Ssrc(77), 12);
  const std::size_t plain_length = packet.size();
  packet.resize(plain_length + rtcp_overhead(profile_) + 2);
  packet.resize(
      sender_->protect_rtcp(out_.get(), packet.data(), plain_length, packet.size(), SrtcpIndex(5)));
  SrtcpIndex index;
  for (std::size_t i = 0; i < packet.size(); ++i) {
    Bytes bad = packet;
    bad[i] ^= static_cast<uint8_t>(1U << random_() % 8);
    Bytes same = bad;
    EXPECT_EQ(receiver_->unprotect_rtcp(in_.get(), bad.data(), bad.size(), &index), 0U) << i;
    EXPECT_EQ(receiver_->unprotect_rtcp(raw_in_, same.data(), same.size(), &index), 0U) << i;
    Bytes cut(packet.begin(), packet.begin() + static_cast<long>(i));
    EXPECT_EQ(receiver_->unprotect_rtcp(in_.get(), cut.data(), cut.size(), &index), 0U) << i;
    EXPECT_EQ(receiver_->unprotect_rtcp(raw_in_, cut.data(), cut.size(), &index), 0U) << i;
  }
  Bytes same = packet;
  EXPECT_EQ(receiver_->unprotect_rtcp(in_.get(), packet.data(), packet.size(), &index),
            plain_length);
  EXPECT_EQ(receiver_->unprotect_rtcp(raw_in_, same.data(), same.size(), &index), plain_length);
  Engine::wipe(raw_in_);
  EXPECT_EQ(raw_in_.secrets, decltype(raw_in_.secrets){});
}

std::string pair_name(const ::testing::TestParamInfo<Pair>& info) {
  const auto engine = [](EngineKind k) {
    return k == EngineKind::libsrtp ? "Libsrtp" : "MultiBuffer";
  };
  return std::string(engine(std::get<0>(info.param))) + "To" + engine(std::get<1>(info.param)) +
         "_" + std::string(name_of(std::get<2>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(
    All, Engines,
    ::testing::Combine(::testing::Values(EngineKind::multi_buffer, EngineKind::libsrtp),
                       ::testing::Values(EngineKind::multi_buffer, EngineKind::libsrtp),
                       ::testing::ValuesIn(profiles)),
    pair_name);

TEST(MultiBufferEngine, MixesKeysAndProfilesInOneBatch) {
  constexpr uint64_t seed = 99;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const auto fast = make_engine(EngineKind::multi_buffer);
  const auto oracle = make_engine(EngineKind::libsrtp);
  std::vector<OwnedKey> fast_keys, oracle_keys;
  for (int i = 0; i < 12; ++i) {
    const MasterKey master = random_master_key(random);
    fast_keys.emplace_back(*fast, profiles[i % 3], master);
    oracle_keys.emplace_back(*oracle, profiles[i % 3], master);
    EXPECT_EQ(Engine::profile_of(fast_keys.back().get()), profiles[i % 3]);
    EXPECT_EQ(Engine::profile_of(oracle_keys.back().get()), profiles[i % 3]);
  }
  constexpr std::size_t count = 500;
  constexpr std::size_t room = 1'700;
  std::vector<Bytes> payloads(count), ours(count), theirs(count);
  std::vector<ProtectJob> our_jobs, their_jobs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = random() % 4 != 0 ? i / 40 % 12 : random() % 12;
    const Ssrc ssrc(static_cast<uint32_t>(k));
    payloads[i].resize(random() % 1'401);
    fill(random, payloads[i]);
    ours[i] = random_header(random, ssrc, static_cast<uint16_t>(i));
    const auto header_length = static_cast<uint16_t>(ours[i].size());
    ours[i].resize(room);
    theirs[i] = ours[i];
    const auto length = static_cast<uint16_t>(payloads[i].size());
    our_jobs.push_back({fast_keys[k].get(), ours[i].data(), payloads[i].data(), header_length,
                        length, ssrc, SrtpIndex(i)});
    their_jobs.push_back({oracle_keys[k].get(), theirs[i].data(), payloads[i].data(), header_length,
                          length, ssrc, SrtpIndex(i)});
  }
  fast->protect(our_jobs);
  oracle->protect(their_jobs);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = our_jobs[i].header_length + our_jobs[i].payload_length +
                               rtp_overhead(Engine::profile_of(our_jobs[i].key));
    ASSERT_TRUE(
        std::equal(ours[i].begin(), ours[i].begin() + static_cast<long>(length), theirs[i].begin()))
        << i;
    // RFC 3711 s4.2: the tail room beyond the two bytes of the contract stays untouched.
    ASSERT_TRUE(std::all_of(ours[i].begin() + static_cast<long>(length + 2), ours[i].end(),
                            [](uint8_t b) { return b == 0; }))
        << i;
  }
}

TEST(MultiBufferEngine, CarriesTheLongestPackets) {
  Random random(3);
  const auto fast = make_engine(EngineKind::multi_buffer);
  for (const Profile profile : profiles) {
    SCOPED_TRACE(name_of(profile));
    const OwnedKey key(*fast, profile, random_master_key(random));
    const Ssrc ssrc(5);
    const Bytes header = random_header(random, ssrc, 1);
    constexpr std::size_t count =
        5;  // more than the copies of received packets have room for at once
    Bytes payload(65'535 - header.size() - rtp_overhead(profile));
    fill(random, payload);
    const Bytes packet = protect(*fast, key.get(), header, payload, ssrc, SrtpIndex(1));
    std::vector<Bytes> plains(count, Bytes(packet.size()));
    std::vector<UnprotectJob> jobs;
    for (Bytes& plain : plains)
      jobs.push_back({key.get(), packet.data(), plain.data(), static_cast<uint16_t>(packet.size()),
                      static_cast<uint16_t>(header.size()), ssrc, SrtpIndex(1)});
    fast->unprotect(jobs);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(jobs[i].ok);
      ASSERT_TRUE(std::equal(payload.begin(), payload.end(), plains[i].begin()));
    }
  }
}

TEST(MultiBufferEngine, LeavesNothingOfAWipedKey) {
  const auto fast = make_engine(EngineKind::multi_buffer);
  Random random(1);
  for (const Profile profile : profiles) {
    std::unique_ptr<void, decltype(&std::free)> storage(std::aligned_alloc(64, fast->key_size()),
                                                        &std::free);
    fast->wipe(fast->expand(profile, random_master_key(random), storage.get()));
    const auto* bytes = static_cast<const uint8_t*>(storage.get());
    EXPECT_TRUE(std::all_of(bytes, bytes + fast->key_size(), [](uint8_t b) { return b == 0; }));
  }
}

TEST(Engine, SaysWhatItIs) {
  EXPECT_TRUE(make_engine(EngineKind::multi_buffer)->description().starts_with("libipsec-mb"));
  EXPECT_TRUE(make_engine(EngineKind::libsrtp)->description().starts_with("libsrtp"));
  EXPECT_EQ(make_engine(EngineKind::libsrtp)->kind(), EngineKind::libsrtp);
  EXPECT_EQ(make_engine(EngineKind::multi_buffer)->key_size() % 64, 0U);
}

}  // namespace
}  // namespace sluice::srtp
