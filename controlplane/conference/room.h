// One meeting while it lasts: its participants, what they send and who receives it. Sans-IO: a
// client's message, an agent's report, a connection that came or went, or the time goes in; outputs
// come out. Never looks into SDP.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "controlplane/conference/meeting_store.h"
#include "controlplane/conference/participant.h"
#include "controlplane/conference/policy.h"

namespace sluice::conference {

// What all rooms of a conference share.
struct RoomContext {
  Policy policy;
  std::function<std::string()> make_id;
  Outputs outputs;
  std::set<std::pair<TimeNs, std::string>>
      wakes;  // when which room wants on_time; early ones do no harm
  std::map<std::string, std::string> rooms_by_endpoint;
  // Meeting and participant whose record in the journal may have changed; an empty participant is
  // the room's own.
  std::set<std::pair<std::string, std::string>> touched;
};

enum class Admission { admitted, full, token_void };

class Room {
 public:
  Room(RoomContext& context, Meeting meeting, const Now& now);

  const Meeting& meeting() const { return meeting_; }
  const std::map<std::string, Participant>& participants() const { return participants_; }
  // Nobody came back in time: the room is to be dropped.
  bool is_over() const { return over_; }

  // hello: a new participant, or an earlier one on a new WebSocket. Unless admitted nothing has
  // changed.
  Admission on_hello(ConnectionId connection, const Identity& identity,
                     const signaling::Hello& hello);
  // Any later message. Ignored when the participant is gone or has a newer connection.
  void on_message(const std::string& participant_id, ConnectionId connection,
                  const signaling::ClientMessage& message, const Now& now);
  // The WebSocket is gone. Ignored when the participant has a newer one.
  void on_disconnected(const std::string& participant_id, ConnectionId connection, const Now& now);
  void on_report(const schema::AgentReport& report, const Now& now);
  void on_time(const Now& now);

  // Moves (room_moves.cc). Transports and tracks live on; subscriptions end here and begin there.
  // Somebody who is here goes; whoever asks for them later is told where they are.
  Participant release(const std::string& participant_id, const std::string& to_meeting,
                      const Now& now);
  // Somebody from another room comes, with a connection or without.
  void take_over(Participant&& participant);
  // What a participant who is here may do from now on, whatever its token says.
  void set_role(const std::string& participant_id, signaling::Role role);
  // Where somebody was moved to; null = nowhere.
  const std::string* moved_to(const std::string& participant_id) const;

  // The journal (room_journal.cc). A room is made again first, then its people, and when all rooms
  // have theirs the agent is asked for what stands.
  schema::JournalRecord to_journal() const;
  schema::JournalRecord to_journal(const Participant& p) const;
  void restore(const schema::JournaledRoom& from, const Now& now);
  void restore(const schema::JournaledParticipant& from, const Now& now);
  void ask_for_what_stands();

 private:
  // people (room.cc)
  void welcome(Participant& p, bool resumed);
  void repeat_what_was_missed(Participant& p);
  void remove(Participant& p, signaling::Departure reason, const Now& now);
  // Nobody receives it any more; its tracks live on.
  void unsubscribe_others_from(const Participant& p);
  void note_departure(const std::string& participant_id, const Now& now);
  void update_codecs(const Participant* except);
  void touch(const Participant& p);
  void touch();
  void wake_at(TimeNs at);
  void tell(const Participant& p, signaling::ServerMessage message);
  void tell_all(signaling::ServerMessage message, const Participant* except = nullptr);
  // What is about `p`: nothing while it is hidden.
  void tell_all_of(const Participant& p, signaling::ServerMessage message,
                   const Participant* except = nullptr);
  // The hidden one's media is up.
  void show(Participant& p);
  void refuse(const Participant& p, signaling::ErrorCode code, std::string_view message,
              std::string_view in_reply_to);

  // what a client asks (room_messages.cc)
  void on(Participant& p, const signaling::Hello& m, const Now& now);
  void on(Participant& p, const signaling::PublishOffer& m, const Now& now);
  void on(Participant& p, const signaling::ReceiveAnswer& m, const Now& now);
  void on(Participant& p, const signaling::PlayOffer& m, const Now& now);
  void on(Participant& p, const signaling::Candidate& m, const Now& now);
  void on(Participant& p, const signaling::RestartIce& m, const Now& now);
  void on(Participant& p, const signaling::Mute& m, const Now& now);
  void on(Participant& p, const signaling::View& m, const Now& now);
  void on(Participant& p, const signaling::HostMute& m, const Now& now);
  void on(Participant& p, const signaling::HostRemove& m, const Now& now);
  void on(Participant& p, const signaling::Chat& m, const Now& now);
  void on(Participant& p, const signaling::RenewToken& m, const Now& now);
  void on(Participant& p, const signaling::Leave& m, const Now& now);
  Participant* host_target(const Participant& host, const std::string& target_id,
                           std::string_view request);

  // transports and tracks (room_media.cc)
  void open_publish_transport(Participant& p);
  void open_receive_transport(Participant& p);
  // What a receive transport that is made now is asked to report.
  static schema::OpenEndpoint::Role role_of_receiver(const Participant& p);
  schema::OpenEndpoint::Feedback feedback_of_receivers() const;
  void close_transport(Participant& p, TransportState& transport);
  void on(const schema::LocalDescription& r);
  void on(const schema::DescriptionRefused& r);
  void on(const schema::OfferWanted& r);
  void on(const schema::EndpointState& r, const Now& now);
  void on(const schema::TrackState& r);
  void on(const schema::SubscriptionState& r);
  void on(const schema::SpeakerLevel& r, const Now& now);
  void end_track(Participant& p, signaling::Source source);
  void tell_speech(Participant& p, const Now& now);
  Participant* owner_of(const std::string& endpoint_id);

  // who receives what (room_subscriptions.cc)
  std::optional<uint8_t> wanted_cap(const Participant& receiver, const Participant& publisher,
                                    signaling::Source source) const;
  void subscribe_all(Participant& receiver);
  void subscribe(Participant& receiver, const Participant& publisher, signaling::Source source);
  // Somebody whose tracks they did not know, and who counts as publishing from now on.
  void subscribe_others_to(Participant& publisher);
  // True when a stream of the receiver became free.
  bool unsubscribe_unwanted(Participant& receiver);
  void unsubscribe_from(Participant& receiver, const Participant& publisher,
                        signaling::Source source, bool tell_receiver);
  void ask_again(Participant& receiver);
  void ask_subscribe(const Participant& receiver, const SourceKey& key, const Subscription& s);
  void forget_subscriptions(Participant& receiver);

  // players (room_players.cc)
  const Participant* longest_publisher() const;
  // After tracks came or went: those whose source is another now are switched.
  void update_players();

  RoomContext& context_;
  Meeting meeting_;
  CodecNames codecs_;  // policy less what a member cannot decode
  std::map<std::string, Participant> participants_;
  std::map<std::string, std::string> participants_by_endpoint_;
  uint64_t publishers_seen_ = 0;
  std::map<std::string, signaling::Role> roles_;  // given here; by participant
  std::map<std::string, std::string> moved_;      // participant -> meeting
  std::optional<TimeNs> forget_at_ns_;
  bool used_ = false;  // somebody was here
  bool over_ = false;
};

}  // namespace sluice::conference
