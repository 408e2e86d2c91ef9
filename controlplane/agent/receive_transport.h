// A transport the client receives on. Sluice offers it: a pool of streams, and one outstanding
// offer at a time. Or the client does and Sluice answers (PLAY): one pair of streams, in its
// numbers.
#pragma once

#include <memory>
#include <string>

#include "controlplane/agent/endpoint.h"
#include "controlplane/agent/receive_offer.h"
#include "controlplane/agent/standing.h"
#include "controlplane/agent/stream_pool.h"

namespace sluice::agent {

class ReceiveTransport {
 public:
  ReceiveTransport(Node& node, std::string endpoint_id);
  // Retires the streams; subscriptions are retired before.
  ~ReceiveTransport();

  // Takes the first pairs and offers them; of PLAY, waits for an offer. Errors: no room.
  Status open(const schema::OpenEndpoint& request);
  // One that stands in the tables, with its pool. An offer that was due is made again. False: it
  // cannot be gone on with.
  bool adopt(const StandingEndpoint& standing, const schema::JournaledTransport& known);
  // Forgets slots without retiring them, and leaves the journal: their region is gone, or ours to
  // leave.
  void forget();

  // A free stream for this kind and pair; grows the pool when none is left. Empty: the pool is at
  // its limit.
  std::optional<StreamKey> pick(MediaKind kind, const std::string& pair_id);
  StreamPool& pool() { return pool_; }

  // Takes the answer or refuses it. True when it was taken: streams may have become usable.
  bool on_answer(const schema::RemoteDescription& answer);
  // PLAY: answers, or refuses and changes nothing. True when it was taken.
  bool on_offer(const schema::RemoteDescription& offer);
  bool plays() const { return plays_; }
  // New credentials with the next offer; an outstanding one is repeated.
  void restart_ice();
  void repeat_offer();
  // To another home worker. New credentials are offered with its candidates; of PLAY the client's
  // next offer gets them. `subscriptions`: those that feed its streams.
  Status move(uint8_t worker, std::vector<shm::SlotRef> subscriptions);

  // True as long as no answer told otherwise.
  bool can_decode(Codec c) const;
  Endpoint& endpoint() { return endpoint_; }

 private:
  // Adds pairs up to the next step, as far as the tables have room. False when nothing could be
  // added.
  bool grow();
  bool add_pair();
  void adopt_stream(const StandingEndpoint& standing, const schema::JournaledStream& known,
                    PoolPair& pair, PoolStream& to);
  void remember() const;
  // Once per turn, however many reasons there are.
  void want_offer();
  void offer_if_due();
  Status take(const schema::RemoteDescription& answer);
  Status take_offer(const schema::RemoteDescription& offer);
  // Publishes what the descriptions settled about what is sent.
  Status settle(const std::array<shm::SendPayload, 8>& payloads,
                const shm::ExtensionIds& extensions, bool reduced_size_rtcp);
  void report(uint64_t negotiation, const char* type, const std::string& sdp);
  void report_refusal(uint64_t negotiation, const std::string& reason);

  Node& node_;
  Endpoint endpoint_;
  StreamPool pool_;
  std::vector<Codec> codecs_;   // what the client said it decodes
  std::vector<Codec> offered_;  // the same, but never without one of each kind
  Feedback feedback_ = Feedback::reports;
  std::string session_id_;
  uint64_t version_ = 0;
  uint64_t negotiation_ = 0;
  bool outstanding_ = false;
  bool offer_wanted_ = false;
  bool offer_scheduled_ = false;
  bool restart_wanted_ = false;
  bool restart_outstanding_ = false;
  bool answered_once_ = false;
  bool plays_ = false;
  proto::sdp::Description offer_;
  std::string offer_sdp_;   // ours; of PLAY the client's, so that it is answered the same again
  std::string answer_sdp_;  // PLAY
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace sluice::agent
