// Which track feeds which stream: picks streams, keeps the table, reports what became of each wish.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/shm/subscription.h"
#include "controlplane/agent/receive_transport.h"
#include "controlplane/agent/tracks.h"

namespace sluice::agent {

class Subscriptions {
 public:
  // Finds a receive transport by endpoint id; null when there is none.
  using FindReceiver = std::function<ReceiveTransport*(const std::string& endpoint_id)>;

  Subscriptions(Node& node, Tracks& tracks, FindReceiver find_receiver)
      : node_(node), tracks_(tracks), find_receiver_(std::move(find_receiver)) {}

  void subscribe(const schema::Subscribe& request);
  void unsubscribe(const std::string& subscription_id);
  // One that stands in the tables, until subscribe() names its track and receiver. What refers to
  // unknown things is retired.
  void adopt(const std::string& receiver_id, shm::SlotRef ref,
             const shm::SubscriptionRecord& record);
  // Ends what was adopted and is named by nobody.
  void end_unclaimed();
  // In the tables, of this receiver.
  std::vector<shm::SlotRef> refs_of(ReceiveTransport& receiver) const;
  // Forgets all without retiring them: their region is gone.
  void forget() { entries_.clear(), by_slot_.clear(), by_track_.clear(), unclaimed_.clear(); }

  void on_track_end(const std::string& track_id);
  void on_receiver_close(const std::string& endpoint_id);
  // An answer was taken: streams may have become usable or refused, codecs known.
  void on_answer(const std::string& endpoint_id);
  void on_codec(const PublishedSource& track);
  void on_open(shm::SlotRef ref);
  void on_undecodable(shm::SlotRef ref, Codec codec);
  // Looks at what the worker wrote, in case the events were lost.
  void on_tick();

 private:
  using Phase = schema::SubscriptionState::Phase;

  struct Entry {
    std::string id, receiver, track_id, pair_id;
    uint64_t generation = 0;
    StreamKey stream;
    shm::SubscriptionRecord record;
    shm::SlotRef ref;  // empty as long as the client has not answered the stream's m-line
    Phase phase = schema::SubscriptionState::PHASE_NONE;
  };

  // Gives an adopted entry its name. Null: none stands for this receiver and track.
  Entry* claim(const schema::Subscribe& request);
  Status place(Entry& e, ReceiveTransport& receiver, const PublishedSource& track);
  // Publishes when the stream is usable, updates when it is published already.
  Status put(Entry& e, ReceiveTransport& receiver);
  void settle_phase(Entry& e, ReceiveTransport& receiver);
  // Retires, gives the stream back, reports. Invalidates the entry.
  void remove(const std::string& id, Phase phase, const std::string& reason);
  // What is subscribed now, by either end: a copy, for entries go while it is walked.
  std::vector<std::string> of_track(const std::string& track_id) const;
  static std::vector<std::string> of_receiver(ReceiveTransport& receiver);
  void set_track(Entry& e, const PublishedSource& track);
  void leave_track(const Entry& e);
  Entry* find(shm::SlotRef ref);
  void set_phase(Entry& e, Phase phase, const std::string& codec = {});
  void report(const std::string& id, Phase phase, const std::string& mid, const std::string& codec,
              const std::string& reason);
  static uint64_t key(shm::SlotRef ref) { return uint64_t{ref.slot} << 32 | ref.generation; }

  Node& node_;
  Tracks& tracks_;
  FindReceiver find_receiver_;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<uint64_t, Entry*> by_slot_;
  std::unordered_map<std::string, std::unordered_set<std::string>> by_track_;
  std::unordered_set<std::string> unclaimed_;  // ids that stand in for those to come
};

}  // namespace sluice::agent
