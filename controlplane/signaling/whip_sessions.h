// The sessions of WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): clients that speak HTTP and have
// no WebSocket. Each is a participant
// whose messages to the room are said here: hello and an offer at its start, leave at its end.
#pragma once

#include <journal.pb.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip.h"
#include "common/proto/sdp/description.h"
#include "controlplane/conference_loop.h"
#include "controlplane/signaling/server_message.h"

namespace sluice::signaling {

enum class WhipKind : uint8_t { publish, play };

// A session that has an answer.
struct WhipAnswer {
  std::string session_id;
  std::string etag;  // with its quotes; names the ICE session, another after each restart
  std::string sdp;
};
struct WhipFault {
  bool is_offer = false;  // the description cannot be taken; `code` says nothing then
  ErrorCode code = ErrorCode::unavailable;
  std::string message;
};

// Each takes a place in its meeting and a transport, so who begins many and sends nothing is
// refused more.
inline constexpr uint32_t waiting_per_host_max = 8;
inline constexpr std::string_view too_many_waiting =
    "too many sessions from this address have no media yet";

class WhipSessions final : public DirectConnections {
 public:
  using Outcome = Result<WhipAnswer, WhipFault>;
  using Done = std::function<void(const Outcome&)>;
  struct Start {
    conference::Meeting meeting;
    conference::Identity identity;
    WhipKind kind = WhipKind::publish;
    std::string offer;
    std::map<std::string, Source> sources;  // publish: by mid
    std::vector<std::string> decode;        // play: encoding names, preferred first
    std::string participant_id;             // play: whom to watch; empty = whoever publishes
    IpAddress from;                         // the client's

    // Takes `sources` or `decode`. Errors: there is nothing in the offer for this kind.
    Status read(const proto::sdp::Description& described);
  };
  // Where a session stands.
  struct View {
    const std::string& meeting_id;
    WhipKind kind;
    const std::string& etag;
    const std::string& ice_ufrag;       // the client's
    const std::string& ice_pwd_digest;  // digest_of_password
  };
  struct Timeouts {
    std::chrono::milliseconds answer{10'000};
    // From the answer until media is up. RFC 7675 s5.1 gives consent the same time later.
    std::chrono::milliseconds connect{30'000};
  };

  using Keep = std::function<void(const schema::JournalRecord&)>;

  // `keep`: writes down what a restart must know. What it is given outlives it.
  WhipSessions(boost::asio::io_context& io, ConferenceLoop& loop, Keep keep,
               const Timeouts& timeouts);
  WhipSessions(boost::asio::io_context& io, ConferenceLoop& loop, Keep keep)
      : WhipSessions(io, loop, std::move(keep), Timeouts{}) {}
  ~WhipSessions() override;

  // Once, after the conference's rooms are restored: sessions whose participants are there go on.
  void restore(const std::map<std::string, schema::JournalRecord>& records);
  // Whether a client there may begin one more; who may not is counted.
  bool admit(const IpAddress& from);
  uint64_t turned_away() const { return turned_away_; }
  // Brings a participant into the room and offers for it. `done` is called once, perhaps at once.
  // After a fault there is no session.
  void start(const Start& start, Done done);
  std::optional<View> find(const std::string& session_id) const;
  // Offers again with the client's new credentials (RFC 8445 s9). After a fault the session is as
  // before.
  void restart_ice(const std::string& session_id, const std::string& ice_ufrag,
                   const std::string& ice_pwd, Done done);
  // The participant leaves. Unknown ids are ignored.
  void end(const std::string& session_id);
  std::size_t size() const { return sessions_.size(); }

  void on_message(conference::ConnectionId connection, const ServerMessage& message) override;
  void on_close(conference::ConnectionId connection, CloseCode code,
                const std::string& reason) override;

 private:
  struct Session;
  Session& make(std::string id);
  bool restore(const schema::JournaledSession& from, Session& s);
  void remember(const Session& s);
  Session* find(conference::ConnectionId connection);
  void on(Session& s, const PublishAnswer& m);
  void on(Session& s, const TransportChanged& m);
  // Any other answer to an offer.
  void refuse(Session& s, WhipFault fault);
  void offer(Session& s);
  static ClientMessage offer_message(const Session& s);
  void settle(Session& s, const Outcome& outcome);
  void lose(Session& s, const std::string& reason);
  void leave(conference::ConnectionId connection, bool lost);
  // Its media is up, or it ends.
  void no_longer_waits(Session& s);
  void expect(Session& s, std::chrono::milliseconds within, const char* what);

  boost::asio::io_context& io_;
  ConferenceLoop& loop_;
  const Keep keep_;
  const Timeouts timeouts_;
  std::map<conference::ConnectionId, std::unique_ptr<Session>> sessions_;
  std::map<std::string, conference::ConnectionId> connections_;  // by session id
  uint64_t turned_away_ = 0;
  std::map<IpAddress, uint32_t> waiting_;  // by host: sessions whose media is not up yet
  conference::ConnectionId last_connection_ = direct_connection_bit;
};

// SHA-256: tells two apart without keeping either.
std::string digest_of_password(std::string_view ice_pwd);

}  // namespace sluice::signaling
