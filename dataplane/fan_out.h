// Fan-out: a track is a log, fan-out is an elevator. Per track one cursor circles the receivers of
// this worker; a visit sends everything that receiver has not had, in order, and moves on. Private
// to one worker.
//
//   run():  for audio tracks, then for video tracks: prepare the classes, sweep a slice, queue what
//   is left visit:  class log -> header + frame into an mbuf -> batch of jobs -> encrypt from the
//   track log -> transmit
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/shm/counters.h"
#include "common/shm/region.h"
#include "common/srtp/engine.h"
#include "dataplane/forward_class.h"
#include "dataplane/packet.h"
#include "dataplane/receiver.h"
#include "dataplane/reserved_memory.h"
#include "dataplane/tables.h"
#include "dataplane/track_log.h"

struct rte_mbuf;

namespace sluice::dataplane {

class FrameSupply;
class HopCache;
class StageClock;
class Tx;
struct FrameTemplate;

inline constexpr std::size_t classes_per_track = 8;
// A slice ends after as many steps (a visit, or a packet sent), or sooner by
// FanOutContext::slice_ticks.
inline constexpr uint32_t slice_steps = 2'048;
inline constexpr uint64_t fan_out_slices_per_s = 10'000;  // 100 us each
inline constexpr std::size_t job_batch = 64;
inline constexpr std::size_t stash_max = 2 * job_batch;  // mbufs at hand
inline constexpr uint32_t video_class_packets = 256;
inline constexpr uint32_t audio_class_packets = 128;
constexpr uint32_t class_packets(MediaKind kind) {
  return kind == MediaKind::video ? video_class_packets : audio_class_packets;
}
// A class log that is not half full has room for one more burst, whatever is in it.
static_assert(burst_max <= audio_class_packets / 2 && burst_max <= video_class_packets / 2);
// Of one class's part of the memory for class logs, and for payloads beside them.
inline constexpr std::size_t class_stride = video_class_packets * sizeof(ClassPacket);
inline constexpr std::size_t class_payloads_stride = video_class_packets * class_payload_max;

struct alignas(128) ReceiverChunk {
  static constexpr uint32_t capacity = 31;
  ReceiverChunk* next = nullptr;
  ReceiverChunk* previous = nullptr;
  uint32_t count = 0;
  std::array<Receiver, capacity> receivers;
};
static_assert(sizeof(ReceiverChunk) == 4096);

// One track as this worker forwards it.
struct FanOutTrack {
  uint32_t generation = 0;  // 0: not forwarded here
  MediaKind kind = MediaKind::none;
  bool queued = false;
  bool key_frame_wanted = false;
  bool remote = false;  // the log's writer is another worker: it may lap us while we read
  uint8_t class_count = 0;
  uint32_t csrc = 0;
  uint32_t receivers = 0;
  uint32_t clean = 0;     // receivers visited since the classes last grew
  uint64_t prepared = 0;  // log position up to which the classes are prepared
  TrackLog* log = nullptr;
  // The first chunk is the one that fills; the cursor goes from the last to it, by what was joined
  // earlier and so most likely lies lower in memory.
  ReceiverChunk* first = nullptr;
  ReceiverChunk* last = nullptr;
  ReceiverChunk* cursor = nullptr;
  uint32_t cursor_at = 0;
  uint32_t next_queued = no_slot;
  std::array<ForwardClass*, classes_per_track> classes{};
};

// What fan-out uses of the rest of its worker. All outlive it.
struct FanOutContext {
  shm::Counters* counters;
  StageClock* clock;
  uint64_t slice_ticks;  // 0: a slice ends by its packets alone
  srtp::Engine* engine;
  Tx* tx;
  HopCache* hops;
  FrameSupply* supply;
  shm::Region* region;
  std::span<StreamContext> streams;              // by slot
  std::span<SubscriptionContext> subscriptions;  // by slot
  std::span<Template> templates;
  uint32_t endpoints;
  uint32_t tracks;
  uint8_t port_count;
};

class FanOut {
 public:
  explicit FanOut(const FanOutContext& context);

  FanOutTrack& track(uint32_t slot) { return tracks_[slot]; }
  void open_track(uint32_t slot, uint32_t generation, MediaKind kind, uint32_t csrc, TrackLog& log,
                  bool remote);
  // Ends every receiver's visit; the caller has removed the receivers.
  void close_track(uint32_t slot);

  // Adds a receiver to an open track; its numbers continue the stream's. Null: no memory for a
  // class.
  Receiver* add(uint32_t track, uint32_t subscription, uint32_t stream, const ClassKey& key);
  // Packets it was not visited for yet are nobody's.
  void remove(Receiver* receiver);

  // The track's log has grown.
  void on_advanced(uint32_t track);
  // After one more burst of this track its logs could go round before anybody is served.
  bool crowded(uint32_t track) const;
  // Serves what is due within one slice per kind. now: loop clock.
  void run(TimeNs now);
  bool idle() const { return queues_[0].head == no_slot && queues_[1].head == no_slot; }
  // Empty mbufs at hand for what is built next.
  std::size_t stashed() const { return stash_end_ - stash_at_; }

  // Tracks that want a key frame since the last call; at most out.size().
  std::size_t take_key_frame_wishes(std::span<uint32_t> out);
  // Streams whose sender report is due (slots); at most out.size().
  std::size_t take_reports_due(std::span<uint32_t> out);
  // Subscriptions whose first packet was sent (slots), and such that cannot be decoded, since the
  // last call.
  std::size_t take_opened(std::span<uint32_t> out);
  std::size_t take_undecodable(std::span<uint32_t> out);

  std::size_t memory_bytes() const;

 private:
  struct Queue {
    uint32_t head = no_slot;
    uint32_t tail = no_slot;
  };
  // A bounded list of slots for somebody else to take; what does not fit comes again with a later
  // visit.
  struct Notes {
    std::array<uint32_t, 256> slots;
    std::size_t count = 0;
    bool push(uint32_t slot) {
      if (count == slots.size()) return false;
      slots[count++] = slot;
      return true;
    }
    std::size_t take(std::span<uint32_t> out);
  };
  struct Pending {  // beside each job
    const FrameTemplate* hop;
    const TrackLog* log;  // set when it may be lapped
    uint64_t byte_start;
    uint16_t length;  // UDP payload
  };
  // Two in turns: while one is encrypted, the keys of the next one come from memory.
  struct Batch {
    std::size_t count = 0;
    std::array<srtp::ProtectJob, job_batch> jobs;
    std::array<Pending, job_batch> pending;
    std::array<rte_mbuf*, job_batch> frames;
    std::array<uint16_t, job_batch> lengths;  // of the frames
  };

  ForwardClass* class_for(FanOutTrack& t, const ClassKey& key);
  void leave_class(FanOutTrack& t, ForwardClass* c);
  // Has not had everything the class holds.
  static bool is_due(const Receiver& r);
  void move(const Receiver& from, Receiver* to);
  Receiver* place_ahead(FanOutTrack& t, Receiver* hole);
  void enqueue(uint32_t track);
  uint32_t dequeue(Queue& q);
  void prefetch_queued(const Queue& q) const;
  void prepare(FanOutTrack& t, uint32_t slot);
  void count_overrun(const FanOutTrack& t, uint64_t packets);
  bool sweep(FanOutTrack& t);
  void prefetch_ahead(const FanOutTrack& t) const;
  void end_slice_when_due();
  bool visit(FanOutTrack& t, Receiver& r);
  bool admit(Receiver& r, const FrameTemplate* hop);
  bool open(Receiver& r);
  void skip(Receiver& r, shm::Counter why);
  void catch_up(Receiver& r);
  void note_opened(Receiver& r);
  void note_report_due(Receiver& r);
  bool refuse(const FanOutTrack& t, const Receiver& r, const ClassPacket& p, std::size_t room);
  void build(const FanOutTrack& t, const Receiver& r, const ClassPacket& p, rte_mbuf* mbuf,
             const FrameTemplate& hop);
  void turn();
  void flush();
  void encrypt(Batch& b, const Batch& next);
  void finish(Batch& b);
  void fill_stash();
  rte_mbuf* take_mbuf();
  void want_key_frame(uint32_t slot);

  FanOutContext x_;
  TimeNs now_ = 0;
  uint32_t now_ms_ = 0;
  std::unique_ptr<FanOutTrack[]> tracks_;
  std::vector<ForwardClass> classes_;
  std::vector<uint32_t> free_classes_;
  ReservedMemory chunk_memory_;
  ReservedMemory class_memory_;
  ReservedMemory class_payloads_;            // touched by classes whose payloads differ
  std::vector<uint16_t> transport_numbers_;  // by endpoint: of the next packet to it
  ReceiverChunk* free_chunks_ = nullptr;
  std::array<Queue, 2> queues_;  // audio, video
  std::array<Batch, 2> batches_;
  Batch* building_ = &batches_[0];
  Batch* built_ = &batches_[1];  // full and not yet encrypted, or empty
  std::array<rte_mbuf*, stash_max> stash_;
  uint32_t stash_at_ = 0;  // those not used yet: [at, end)
  uint32_t stash_end_ = 0;
  uint64_t slice_began_ = 0;  // ticks
  uint32_t slice_steps_ = 0;  // so far
  bool slice_over_ = false;
  Notes key_frame_wishes_, reports_due_, opened_, undecodable_;
};

}  // namespace sluice::dataplane
