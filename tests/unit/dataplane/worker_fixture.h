// WorkerTest: publishers and receivers on a NodeRig, and what reaches them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/wire/demux.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice {

using rig::Client;
using rig::Datagram;
using shm::Counter;

inline constexpr uint8_t mid_id = 4;

inline SocketAddress address(uint8_t host, uint16_t port) {
  SocketAddress a;
  a.ip = *parse_ip("192.168.0." + std::to_string(host));
  a.port = port;
  return a;
}

class WorkerTest : public testing::Test {
 protected:
  static rig::RigSetup setup(uint32_t workers) {
    rig::RigSetup s;
    s.capacities.workers = workers;
    s.capacities.endpoints = 64;
    s.capacities.tracks = 32;
    s.capacities.streams = 128;
    s.capacities.subscriptions = 128;
    s.logs = {256, 256U << 10, 128, 32U << 10};
    return s;
  }
  explicit WorkerTest(uint32_t workers = 1) : rig_(setup(workers)) {}

  Client publisher(srtp::Profile profile = srtp::Profile::aead_aes_128_gcm, uint8_t home = 0) {
    rig::ClientRecord r;
    r.home_worker = home;
    r.sends = 1;
    r.recv_extensions.mid = mid_id;
    r.recv_payloads[0] = {96, Codec::vp8, 0, 0};
    r.recv_payloads[1] = {97, Codec::vp8, 96, 0};
    r.recv_payloads[2] = {111, Codec::opus, 0, 0};
    return rig_.add_client(r, address(++hosts_, 5'000), profile);
  }
  Client receiver(srtp::Profile profile = srtp::Profile::aead_aes_128_gcm, uint8_t home = 0) {
    rig::ClientRecord r;
    r.home_worker = home;
    r.receives = 1;
    r.send_payloads[static_cast<std::size_t>(Codec::vp8)] = {100, 0};
    r.send_payloads[static_cast<std::size_t>(Codec::opus)] = {101, 0};
    return rig_.add_client(r, address(++hosts_, 6'000), profile);
  }
  shm::SlotRef track(const Client& c, MediaKind kind, const char* mid) {
    shm::TrackRecord t;
    t.id = ++ids_;
    t.endpoint = c.endpoint;
    t.kind = kind;
    t.source = kind == MediaKind::audio ? shm::TrackSource::microphone : shm::TrackSource::camera;
    t.encoding_count = 1;
    t.csrc = 0xc0000000 + static_cast<uint32_t>(ids_);
    t.mid = shm::Text<16>(mid);
    return published(rig_.publisher().publish(t));
  }
  shm::SlotRef stream(const Client& c, MediaKind kind, uint32_t ssrc, uint16_t initial_seq) {
    shm::StreamRecord s;
    s.id = ++ids_;
    s.endpoint = c.endpoint;
    s.kind = kind;
    s.ssrc = ssrc;
    s.initial_seq = initial_seq;
    s.initial_timestamp = 1'000;
    s.cname = shm::PaddedText<16>("pair");
    return published(rig_.publisher().publish(s));
  }
  shm::SlotRef subscribe(shm::SlotRef t, shm::SlotRef s) {
    shm::SubscriptionRecord r;
    r.track = t;
    r.stream = s;
    return published(rig_.publisher().publish(r));
  }
  shm::SlotRef published(const Result<shm::SlotRef>& r) {
    EXPECT_TRUE(r.ok()) << r.error().message;
    return r.ok() ? *r : shm::SlotRef{};
  }
  void settle(int steps = 4) {
    for (int i = 0; i < steps; ++i) {
      rig_.advance(ns_per_ms);
      rig_.step();
      for (auto& d : rig_.receive()) inbox_.push_back(std::move(d));
    }
  }
  void connect(const Client& c) {
    // The answer to the first check of all waits for the gateway's MAC; browsers repeat it too.
    rig_.check(c);
    settle();
    inbox_.clear();
    rig_.check(c);
    settle();
  }
  std::vector<Datagram> take(const Client& c, wire::Protocol protocol) {
    std::vector<Datagram> out;
    std::erase_if(inbox_, [&](Datagram& d) {
      if (!(d.to == c.address) || wire::demux(d.bytes) != protocol) return false;
      out.push_back(std::move(d));
      return true;
    });
    return out;
  }
  void expect_identities() {
    EXPECT_EQ(shm::received_imbalance(rig_.counters()), 0);
    EXPECT_EQ(shm::visited_imbalance(rig_.counters()), 0);
  }

  rig::NodeRig rig_;
  std::vector<Datagram> inbox_;
  uint8_t hosts_ = 0;
  uint64_t ids_ = 0;
};

}  // namespace sluice
