// Audience: one publisher with some tracks and N receivers of all of them, each with an address and
// a key of its own, joined to a NodeRig as browsers would: tables, checks, consent. The bench feeds
// packets and serves; what the node sends is held back as a NIC's descriptors hold it, counted, and
// a sample of it is verified.
//
//   rig::NodeRig rig(Audience::rig_setup(setup));
//   Audience audience(rig, setup);
//   audience.open();
//   audience.feed(0, 2, 1'200);
//   cycles = audience.serve();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/base/codec.h"
#include "dataplane/fan_out.h"
#include "perf/frame_check.h"
#include "tests/rig/media.h"
#include "tests/rig/node_rig.h"

namespace sluice::perf {

struct AudienceTrack {
  Codec codec = Codec::h264;
  uint8_t encodings = 1;  // simulcast
};

struct AudienceSetup {
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  uint32_t receivers = 1;
  std::vector<AudienceTrack> tracks = std::vector<AudienceTrack>(1);
  // Several audiences on one rig: numbers 0, 1, ...; each up to 60,000 receivers beyond one.
  uint8_t number = 0;
  uint8_t publisher_home = 0;
  std::vector<uint8_t> receiver_homes = std::vector<uint8_t>(1);  // receiver i has home i mod size
  // Receivers subscribe in random order: their endpoints and streams lie scattered for the sweep.
  bool shuffled = false;
  uint32_t sample_every = 997;
  // What is special about the transports: extensions, feedback. Payload types are the audience's.
  rig::ClientRecord publisher;
  rig::ClientRecord receiver;
};

// What the workers took for what they sent.
struct Served {
  uint64_t cycles = 0;   // TSC, inside Worker::loop
  uint64_t packets = 0;  // media sent
};

class Audience {
 public:
  static constexpr std::size_t rtp_head = 16;  // of an outgoing packet: fixed part and one CSRC
  static constexpr std::size_t wire_overhead =
      8 + 20 + 14 + 24;  // UDP, IPv4, Ethernet, preamble + FCS + gap
  // What circulates each way: frames held back, a whole slice, and replies, reports and what is at
  // hand. With more of them they only leave the caches sooner.
  static constexpr uint32_t held_back = 4'096;  // per worker, between transmission and reuse
  static constexpr uint32_t buffers = held_back + dataplane::slice_steps + 512;
  static constexpr uint8_t source_payload_type(Codec c) { return 96 + static_cast<uint8_t>(c); }
  static constexpr uint8_t sent_payload_type(Codec c) { return 106 + static_cast<uint8_t>(c); }

  // A rig that one such audience fits into, on hugepages; change what has to be different.
  static rig::RigSetup rig_setup(const AudienceSetup& setup);

  // Joins everybody; one line on stderr and exit when the node does not take it. The rig outlives
  // this.
  Audience(rig::NodeRig& rig, const AudienceSetup& setup);
  ~Audience();
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  // One packet of the publisher: `spec` says marker, timestamp, extensions and payload; SSRC, index
  // and payload type are the track's. The payload is remembered for the sample check.
  void send(uint32_t track, rig::PacketSpec spec, uint8_t encoding = 0);
  // Packets of a frame each, which leave the node as SRTP packets of `size` bytes.
  void feed(uint32_t track, uint32_t packets, uint32_t size, bool key_frame = false);
  // The same in two steps: making packets takes longer than a small audience is served, and leaves
  // the caches to nobody's use. Prepared packets leave in order, before anything else is fed.
  void prepare(uint32_t track, uint32_t packets, uint32_t size, bool key_frame = false);
  void push_prepared(uint32_t packets);
  std::size_t prepared() const { return prepared_.size() - next_prepared_; }
  // Feeds each track its first key frame and serves it; exit with one line when a receiver did not
  // get it.
  void open();

  // Lets the workers run until nothing is left to forward; 50 us of the rig's clock per loop. TSC
  // cycles spent in the workers. Collects between loops.
  uint64_t serve();
  // Of all serve() so far, but for loops in which this thread was interrupted.
  const Served& served() const { return served_; }
  // Takes what the workers sent, but for the newest `held_back` frames of each; on_frame sees each
  // frame taken.
  void collect(const std::function<void(const rte_mbuf*)>& on_frame = {});
  // Everybody's check, if it is due by the rig's clock, served outside of serve().
  void keep_consent();
  // The next `count` clients' checks, round and round, pushed and not served.
  void push_checks(uint32_t count);
  // Loops of 20 us with the output thrown away.
  void settle(int loops);

  rig::NodeRig& rig() { return rig_; }
  FrameCheck& check() { return check_; }
  rig::Client& publisher() { return publisher_; }
  const std::vector<rig::Client>& receivers() const { return receivers_; }
  shm::SlotRef track(uint32_t t) const { return tracks_[t].ref; }
  // Outgoing stream of a receiver, and its SSRC.
  shm::SlotRef stream(uint32_t receiver, uint32_t track) const;
  uint32_t stream_ssrc(uint32_t receiver, uint32_t track) const;
  // SSRC the publisher sends on.
  uint32_t source_ssrc(uint32_t track, uint8_t encoding) const;
  // Number of the first packet of each of a receiver's streams.
  uint16_t initial_seq(uint32_t receiver) const { return static_cast<uint16_t>(receiver % 32'000); }
  // Named drops so far, in and out.
  uint64_t dropped() const;

 private:
  struct Track {
    shm::SlotRef ref;
    AudienceTrack setup;
    std::vector<uint64_t> index;  // next, by encoding
    uint32_t timestamp = 0;
  };
  uint64_t sent() const;
  rte_mbuf* make_packet(uint32_t track, rig::PacketSpec spec, uint8_t encoding);
  void publish_tracks();
  void join_receivers();
  void join_receiver(uint32_t i);
  void check_in(uint32_t first, uint32_t end);

  rig::NodeRig& rig_;
  AudienceSetup setup_;
  FrameCheck check_;
  rig::Client publisher_;
  std::unique_ptr<rig::SrtpPeer> sender_;
  std::vector<Track> tracks_;
  std::vector<rig::Client> receivers_;
  std::vector<shm::SlotRef> streams_;  // receiver * tracks + track
  std::vector<rte_mbuf*> prepared_;
  std::size_t next_prepared_ = 0;
  Served served_;
  TimeNs checked_at_ = 0;
  uint32_t next_check_ = 0;
};

}  // namespace sluice::perf
