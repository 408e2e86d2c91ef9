// What a tool that captures gets of the frames of one endpoint or one track, and what it cannot do
// to the node.
#include "dataplane/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/shm/file_lock.h"
#include "common/shm/region_files.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "common/wire/rtp.h"
#include "common/wire/udp.h"
#include "tests/unit/dataplane/worker_fixture.h"

namespace sluice {
namespace {

constexpr uint32_t from_ssrc = 0xaaaa, to_ssrc = 0x5000;

wire::ByteView datagram_of(const shm::CapturedFrame& f) {
  const auto frame = wire::parse_ethernet({f.bytes.data(), f.captured});
  const auto ip = frame ? wire::parse_ipv4(frame->payload) : std::nullopt;
  const auto udp = ip ? wire::parse_udp(ip->payload) : std::nullopt;
  EXPECT_TRUE(udp);
  return udp ? udp->payload : wire::ByteView{};
}

// One who publishes a video, one who receives it, and one who captures.
class MirrorTest : public WorkerTest {
 protected:
  explicit MirrorTest(uint32_t workers = 1)
      : WorkerTest(workers),
        from_(publisher(srtp::Profile::aead_aes_128_gcm, 0)),
        to_(receiver(srtp::Profile::aead_aes_128_gcm, static_cast<uint8_t>(workers - 1))),
        file_(std::move(*shm::CaptureFile::open(rig_.region().directory(), workers,
                                                rig_.region().header().region_id))) {
    track_ = track(from_, MediaKind::video, "1");
    subscribe(track_, stream(to_, MediaKind::video, to_ssrc, 10));
    settle();
    connect(from_);
    connect(to_);
    take_lock();
  }

  std::string lock_path() { return shm::RegionPaths(rig_.region().directory()).capture_lock; }
  void take_lock() { lock_ = std::move(*shm::FileLock::take(lock_path(), "a test")); }
  void ask(shm::CaptureRequest r) {
    r.number = ++number_;
    if (r.deadline == 0) r.deadline = rig_.now() + 10 * ns_per_s;
    if (r.budget == 0) r.budget = 1'000;
    if (r.snaplen == 0) r.snaplen = shm::capture_snaplen_max;
    file_->request().publish(r);
    rig_.capture_desk().look(rig_.now());
  }
  bool taken() const { return file_->status().taken.load() == number_; }
  bool refused() const { return file_->status().refused.load() == number_; }
  void send_picture(uint32_t ssrc = from_ssrc, const char* mid = "1") {
    ++index_;
    rig_.send(from_, rig::make_protected(
                         sender_,
                         {.ssrc = ssrc,
                          .index = index_,
                          .timestamp = static_cast<uint32_t>(index_) * 3'000,
                          .marker = true,
                          .mid_id = mid_id,
                          .mid = mid,
                          .payload = rig::vp8_payload(true, static_cast<uint16_t>(index_), 600)}));
  }
  std::vector<shm::CapturedFrame> captured() {
    std::vector<shm::CapturedFrame> all;
    for (uint32_t w = 0; w < rig_.workers(); ++w) {
      auto ring = file_->frames(w);
      while (const shm::CapturedFrame* f = ring.front()) {
        EXPECT_EQ(f->number, number_);
        all.push_back(*f);
        ring.pop();
      }
    }
    return all;
  }
  static std::size_t count(const std::vector<shm::CapturedFrame>& frames, bool outbound,
                           wire::Protocol protocol) {
    return static_cast<std::size_t>(std::ranges::count_if(frames, [&](const auto& f) {
      return (f.outbound != 0) == outbound && wire::demux(datagram_of(f)) == protocol;
    }));
  }

  const Client from_, to_;
  shm::SlotRef track_;
  std::unique_ptr<shm::CaptureFile> file_;
  shm::FileLock lock_;
  uint64_t number_ = 0;
  rig::SrtpPeer sender_{from_.profile, from_.to_node};
  uint64_t index_ = 700;
};

class MirrorOfTwoWorkersTest : public MirrorTest {
 protected:
  MirrorOfTwoWorkersTest() : MirrorTest(2) {}
};

TEST_F(MirrorTest, NobodyAskedNothingIsMirrored) {
  send_picture();
  settle();
  EXPECT_TRUE(captured().empty());
}

TEST_F(MirrorTest, ShowsWhatAReceiverIsSentByteForByte) {
  ask({.endpoint = to_.endpoint});
  ASSERT_TRUE(taken());
  send_picture();
  settle();
  const auto sent = take(to_, wire::Protocol::srtp);
  const auto frames = captured();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_EQ(count(frames, true, wire::Protocol::srtp), 1u);
  EXPECT_EQ(count(frames, false, wire::Protocol::srtp), 0u) << "the publisher's";
  const auto f = std::ranges::find_if(
      frames, [](const auto& c) { return wire::demux(datagram_of(c)) == wire::Protocol::srtp; });
  EXPECT_TRUE(std::ranges::equal(datagram_of(*f), sent[0].bytes));
  EXPECT_EQ(f->length, f->captured);
  EXPECT_GE(f->at, rig::wall_clock_start);
  expect_identities();
}

TEST_F(MirrorTest, ShowsBothDirectionsOfAnEndpointOfEveryKind) {
  ask({.endpoint = from_.endpoint});
  rig_.check(from_);
  rig_.send(from_, std::vector<uint8_t>{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0});
  rig_.send(from_, sender_.protect_rtcp(std::vector<uint8_t>{0x80, 201, 0, 1, 0, 0, 0xaa, 0xaa}));
  send_picture();
  settle(2'000);  // time for a receiver report to the publisher
  const auto frames = captured();
  EXPECT_EQ(count(frames, false, wire::Protocol::stun), 1u);
  EXPECT_EQ(count(frames, true, wire::Protocol::stun), 1u);
  EXPECT_EQ(count(frames, false, wire::Protocol::dtls), 1u);
  EXPECT_EQ(count(frames, false, wire::Protocol::srtcp), 1u);
  EXPECT_EQ(count(frames, false, wire::Protocol::srtp), 1u);
  EXPECT_GE(count(frames, true, wire::Protocol::srtcp), 1u);
  EXPECT_EQ(count(frames, true, wire::Protocol::srtp), 0u) << "the receiver's";
  expect_identities();
}

TEST_F(MirrorTest, ShowsACheckFromANewAddressAndItsAnswer) {
  ask({.endpoint = to_.endpoint});
  Client moved = to_;
  moved.address.port = 6'001;
  rig_.check(moved);
  settle();
  const auto frames = captured();
  EXPECT_EQ(count(frames, false, wire::Protocol::stun), 1u);
  EXPECT_EQ(count(frames, true, wire::Protocol::stun), 1u);
}

TEST_F(MirrorTest, ShowsATrackFromItsFirstPacketAndNoOther) {
  const auto other = track(from_, MediaKind::video, "2");
  subscribe(other, stream(to_, MediaKind::video, 0x6000, 10));
  settle();
  ask({.track = track_});
  send_picture();
  send_picture(0xbbbb, "2");
  settle();
  EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), 2u);
  const auto frames = captured();
  std::multiset<uint32_t> ssrcs;
  for (const auto& f : frames) {
    if (wire::demux(datagram_of(f)) != wire::Protocol::srtp) continue;
    ssrcs.insert(wire::parse_rtp_header(datagram_of(f))->ssrc().value());
  }
  EXPECT_EQ(ssrcs, (std::multiset<uint32_t>{from_ssrc, to_ssrc}));
  expect_identities();
}

// The rig delivers to the workers in turns, so half of the frames are passed home.
TEST_F(MirrorOfTwoWorkersTest, AFrameThatIsPassedHomeIsShownOnce) {
  ask({.track = track_});
  constexpr std::size_t pictures = 20;
  for (std::size_t i = 0; i < pictures; ++i) {
    send_picture();
    settle();
  }
  EXPECT_GT(rig_.counters()[Counter::handover_in], 0u);
  const auto frames = captured();
  EXPECT_EQ(count(frames, false, wire::Protocol::srtp), pictures);
  EXPECT_EQ(count(frames, true, wire::Protocol::srtp), pictures);
  expect_identities();
}

// Its packets come to the worker it has left, and are passed on.
TEST_F(MirrorOfTwoWorkersTest, GoesWithAnEndpointThatMoves) {
  ask({.endpoint = from_.endpoint});
  send_picture();
  settle();
  ASSERT_TRUE(rig_.publisher().move(from_.endpoint, 1, {{track_}, {}, {}}).ok());
  settle(8);
  send_picture();
  settle();
  EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), 2u);
  EXPECT_EQ(count(captured(), false, wire::Protocol::srtp), 2u);
  expect_identities();
}

TEST_F(MirrorTest, EndsAtItsDeadlineWithoutAnybodysHelp) {
  ask({.endpoint = from_.endpoint, .deadline = rig_.now() + 10 * ns_per_ms});
  send_picture();
  settle(4);
  EXPECT_EQ(count(captured(), false, wire::Protocol::srtp), 1u);
  rig_.advance(10 * ns_per_ms);
  send_picture();
  settle();
  EXPECT_TRUE(captured().empty());
}

TEST_F(MirrorTest, EndsAtItsBudget) {
  ask({.endpoint = from_.endpoint, .budget = 3});
  for (int i = 0; i < 5; ++i) send_picture();
  settle();
  EXPECT_EQ(captured().size(), 3u);
}

TEST_F(MirrorTest, CutsFramesAtTheSnaplen) {
  ask({.endpoint = from_.endpoint, .snaplen = 64});
  send_picture();
  settle();
  const auto frames = captured();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames[0].captured, 64u);
  EXPECT_GT(frames[0].length, 600u);
}

TEST_F(MirrorTest, AFullRingIsACounterAndMediaGoesOn) {
  ask({.endpoint = from_.endpoint, .budget = 100'000});
  constexpr uint32_t more = 40;
  send_picture();
  settle();  // it opens with the newest of what is there
  for (uint32_t i = 1; i < shm::capture_frames + more; ++i) {
    send_picture();
    if (i % 32 == 31) settle(1);
  }
  settle();
  EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), shm::capture_frames + more);
  EXPECT_GE(file_->worker(0).lost[0].load(), more);
  EXPECT_EQ(file_->worker(0).number.load(), number_);
  EXPECT_EQ(captured().size(), shm::capture_frames);
  expect_identities();
  // There is room again.
  const uint64_t lost = file_->worker(0).lost[0].load();
  send_picture();
  settle();
  EXPECT_EQ(captured().size(), 1u);
  EXPECT_EQ(file_->worker(0).lost[0].load(), lost);
}

TEST_F(MirrorTest, WhatTheToolSaysOfItsOwnPlaceHarmsNobody) {
  ask({.endpoint = from_.endpoint, .budget = 100'000});
  auto ring = file_->frames(0);
  for (const uint64_t pops : {uint64_t{1}, uint64_t{shm::capture_frames} * 3}) {
    for (uint64_t i = 0; i < pops; ++i) ring.pop();  // what was never written
    send_picture();
    settle();
    EXPECT_EQ(take(to_, wire::Protocol::srtp).size(), 1u);
  }
  EXPECT_EQ(ring.front(), nullptr) << "an impossible distance begins anew";
  send_picture();
  settle();
  EXPECT_EQ(captured().size(), 1u);
  expect_identities();
}

TEST_F(MirrorTest, EndsWhenTheToolLetsGo) {
  ask({.endpoint = from_.endpoint});
  lock_ = {};
  rig_.capture_desk().look(rig_.now());
  send_picture();
  settle();
  EXPECT_TRUE(captured().empty());
  // What a dead tool has left does not begin again with the next one.
  take_lock();
  rig_.capture_desk().look(rig_.now());
  send_picture();
  settle();
  EXPECT_TRUE(captured().empty());
}

TEST_F(MirrorTest, EndsWhenItIsWithdrawn) {
  ask({.endpoint = from_.endpoint});
  file_->request().publish({.number = number_ + 1});
  rig_.capture_desk().look(rig_.now());
  send_picture();
  settle();
  EXPECT_TRUE(captured().empty());
}

TEST_F(MirrorTest, EndsWhenTheEndpointLeavesWhoeverComesNext) {
  ask({.endpoint = from_.endpoint});
  rig_.publisher().retire(shm::TableId::endpoint, from_.endpoint);
  settle();
  captured();
  Client next = publisher();
  while (next.endpoint.slot != from_.endpoint.slot && hosts_ < 70) {
    settle();
    rig_.publisher().reclaim(true);
    next = receiver();
  }
  ASSERT_EQ(next.endpoint.slot, from_.endpoint.slot);
  settle();
  connect(next);
  EXPECT_TRUE(captured().empty());
}

TEST_F(MirrorTest, TheNextRequestTakesThePlaceOfTheOneBefore) {
  ask({.endpoint = from_.endpoint});
  ask({.endpoint = to_.endpoint});
  ASSERT_TRUE(taken());
  send_picture();
  settle();
  const auto frames = captured();
  EXPECT_EQ(frames.size(), 1u);
  EXPECT_EQ(count(frames, true, wire::Protocol::srtp), 1u);
}

TEST_F(MirrorTest, RefusesWhatIsNotSound) {
  const shm::SlotRef old{from_.endpoint.slot, from_.endpoint.generation + 1};
  const TimeNs far = rig_.now() + shm::capture_duration_max + ns_per_s;
  const shm::CaptureRequest unsound[] = {
      {.endpoint = from_.endpoint, .track = track_},
      {.endpoint = old},
      {.endpoint = {1u << 30, 1}},
      {.track = {~0u, 1}},
      {.track = {track_.slot, track_.generation + 1}},
      {.endpoint = from_.endpoint, .deadline = rig_.now()},
      {.endpoint = from_.endpoint, .deadline = -1},
      {.endpoint = from_.endpoint, .deadline = far},
      {.endpoint = from_.endpoint, .budget = shm::capture_budget_max + 1},
      {.endpoint = from_.endpoint, .snaplen = shm::capture_snaplen_max + 1},
  };
  for (const shm::CaptureRequest& r : unsound) {
    ask(r);
    EXPECT_TRUE(refused()) << "request " << number_;
  }
  lock_ = {};
  ask({.endpoint = from_.endpoint});
  EXPECT_TRUE(refused()) << "by whom there is no lock";
  take_lock();
  ask({.endpoint = from_.endpoint});
  EXPECT_TRUE(taken());
}

}  // namespace
}  // namespace sluice
