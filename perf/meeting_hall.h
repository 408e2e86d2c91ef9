// MeetingHall: many meetings on one node: everybody publishes audio and simulcast video in three
// encodings and receives everybody else of the same meeting, at mixed encoding caps. Every payload
// says which packet it is, so that what leaves the node can be verified against all of it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/srtp/engine.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

struct rte_mbuf;

namespace sluice::perf {

struct HallSetup {
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  uint32_t meetings = 1'000;
  uint32_t people = 10;  // of one
};

class MeetingHall {
 public:
  static constexpr uint32_t encodings = 3;
  // Payload bytes of each encoding's packets, and how many packets its pictures have.
  static constexpr uint32_t sizes[encodings] = {250, 700, 1'100};
  static constexpr uint32_t packets[encodings] = {1, 1, 2};
  static constexpr uint32_t audio_size = 100;
  // Outgoing SSRCs begin here.
  static constexpr uint32_t ssrc_base = 0x4000'0000;

  // Adds what the hall needs.
  static void add_capacities(const HallSetup& setup, shm::Capacities& capacities);
  // Joins everybody; the rig outlives this.
  MeetingHall(rig::NodeRig& rig, const HallSetup& setup);

  uint32_t persons() const { return setup_.meetings * setup_.people; }
  // One picture in all encodings; returns the packets handed to the node.
  uint32_t send_picture(uint32_t person, bool key);
  uint32_t send_audio(uint32_t person);
  // Decrypts an outgoing SRTP packet of one of the hall's streams and compares every byte of it
  // with what the right person sent in the right encoding.
  bool right(wire::ByteView srtp);

 private:
  struct Person {
    rig::Client publishes, receives;
    srtp::SessionKey* key = nullptr;  // of what it publishes
    shm::SlotRef video, audio;
    uint64_t index[encodings + 1] = {1, 1, 1, 1};  // next, by encoding; the last is audio's
    uint32_t picture = 0;
  };
  void join_publisher(uint32_t person);
  void join_receiver(uint32_t person);
  void subscribe(uint32_t person);
  void settle(int loops);
  // What packet `index` of a person carries; flow: encoding or `encodings` for audio.
  std::vector<uint8_t> payload(uint32_t person, uint32_t flow, uint64_t index, bool key) const;
  void send(uint32_t person, uint32_t flow, uint32_t timestamp, bool key, bool marker);
  uint32_t source_ssrc(uint32_t person, uint32_t flow) const;

  rig::NodeRig& rig_;
  HallSetup setup_;
  std::vector<Person> persons_;
  std::vector<shm::SlotRef> streams_;  // by outgoing SSRC - ssrc_base
  std::unique_ptr<srtp::Engine> engine_;
  std::vector<uint8_t> key_memory_;
};

}  // namespace sluice::perf
