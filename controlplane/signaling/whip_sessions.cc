#include "controlplane/signaling/whip_sessions.h"

#include <utility>

#include "common/proto/sdp/description.h"
#include "controlplane/log.h"
#include "controlplane/random_id.h"
#include "controlplane/signaling/whip_offer.h"

namespace sluice::signaling {
namespace {

// A session was let in once; its token's age no longer matters.
constexpr int64_t never_unix_s = 4'102'444'800;  // the year 2100

struct Credentials {
  std::string ice_ufrag, ice_pwd;
};

// RFC 9143 s7.1.3: of the first m-section that has some.
Credentials credentials_of(const std::string& sdp) {
  const auto parsed = proto::sdp::parse_description(sdp);
  if (!parsed) return {};
  for (const proto::sdp::Media& m : parsed->media) {
    if (!m.ice_ufrag.empty() && !m.rejected()) return {m.ice_ufrag, m.ice_pwd};
  }
  return {};
}

}  // namespace

struct WhipSessions::Session {
  Session(boost::asio::io_context& io, conference::ConnectionId c) : connection(c), timer(io) {}

  const conference::ConnectionId connection;
  const std::string id = random_id();
  std::string meeting_id;
  std::map<std::string, Source> sources;
  std::string offer;
  Credentials remote;
  std::string etag;  // empty = never answered
  // A restart under way, which may still be refused.
  std::string next_offer;
  uint64_t negotiation = 0;
  bool is_connected = false;
  Done done;  // empty = nobody waits
  boost::asio::steady_timer timer;
};

WhipSessions::WhipSessions(boost::asio::io_context& io, ConferenceLoop& loop,
                           const Timeouts& timeouts)
    : io_(io), loop_(loop), timeouts_(timeouts) {
  loop.attach(*this);
}

WhipSessions::~WhipSessions() = default;

void WhipSessions::start(const Start& start, Done done) {
  const conference::ConnectionId connection = ++last_connection_;
  auto made = std::make_unique<Session>(io_, connection);
  Session& s = *made;
  sessions_[connection] = std::move(made);
  connections_[s.id] = connection;
  s.meeting_id = start.meeting.id;
  s.sources = start.sources;
  s.next_offer = start.offer;
  s.done = std::move(done);
  log::info("whip", "session begins", {{"meeting", s.meeting_id}});
  loop_.on_connected(connection, start.identity, start.meeting, never_unix_s);
  loop_.on_message(connection, Hello{});
  // The room may have been full.
  if (Session* admitted = find(connection)) offer(*admitted);
}

void WhipSessions::offer(Session& s) {
  ++s.negotiation;
  expect(s, timeouts_.answer, "no answer in time");
  loop_.on_message(s.connection, PublishOffer{s.negotiation, s.next_offer, s.sources});
}

void WhipSessions::restart_ice(const std::string& session_id, const std::string& ice_ufrag,
                               const std::string& ice_pwd, Done done) {
  const auto at = connections_.find(session_id);
  Session* s = at == connections_.end() ? nullptr : find(at->second);
  if (s == nullptr) return done(WhipFault{false, ErrorCode::not_found, "no such session"});
  if (s->done) {
    return done(WhipFault{false, ErrorCode::too_many, "another restart is under way"});
  }
  s->next_offer = with_credentials(s->offer, ice_ufrag, ice_pwd);
  s->done = std::move(done);
  offer(*s);
}

std::optional<WhipSessions::View> WhipSessions::find(const std::string& session_id) const {
  const auto at = connections_.find(session_id);
  if (at == connections_.end()) return std::nullopt;
  const Session& s = *sessions_.at(at->second);
  return View{s.meeting_id, s.etag, s.remote.ice_ufrag, s.remote.ice_pwd};
}

WhipSessions::Session* WhipSessions::find(conference::ConnectionId connection) {
  const auto at = sessions_.find(connection);
  return at == sessions_.end() ? nullptr : at->second.get();
}

void WhipSessions::end(const std::string& session_id) {
  const auto at = connections_.find(session_id);
  if (at != connections_.end()) leave(at->second, false);
}

// The room answers with the end of the connection.
void WhipSessions::leave(conference::ConnectionId connection, bool lost) {
  loop_.on_message(connection, Leave{lost});
}

void WhipSessions::on_message(conference::ConnectionId connection, const ServerMessage& message) {
  Session* s = find(connection);
  if (s == nullptr) return;
  if (const auto* answer = std::get_if<PublishAnswer>(&message)) return on(*s, *answer);
  if (const auto* change = std::get_if<TransportChanged>(&message)) return on(*s, *change);
  if (const auto* refusal = std::get_if<Refused>(&message)) {
    if (refusal->negotiation == s->negotiation) refuse(*s, {true, {}, refusal->reason});
  } else if (const auto* error = std::get_if<ErrorMessage>(&message)) {
    refuse(*s, {false, error->code, error->message});
  }
}

void WhipSessions::on(Session& s, const PublishAnswer& m) {
  if (m.negotiation != s.negotiation || !s.done) return;
  s.offer = std::exchange(s.next_offer, {});
  s.remote = credentials_of(s.offer);
  // The client's side of an ICE session has its name from the other side's credentials.
  s.etag = '"' + credentials_of(m.sdp).ice_ufrag + '"';
  if (s.is_connected) {
    s.timer.cancel();
  } else {
    expect(s, timeouts_.connect, "no media in time");
  }
  settle(s, WhipAnswer{s.id, s.etag, m.sdp});
}

void WhipSessions::refuse(Session& s, WhipFault fault) {
  if (!s.done) return;
  s.timer.cancel();
  const conference::ConnectionId connection = s.connection;
  const bool was_first = s.etag.empty();
  settle(s, std::move(fault));
  if (was_first) leave(connection, false);
}

void WhipSessions::on(Session& s, const TransportChanged& m) {
  if (m.phase == TransportPhase::connected) {
    s.is_connected = true;
    if (!s.done) s.timer.cancel();
    return;
  }
  const std::string reason = m.reason.empty() ? "no consent" : m.reason;
  log::info("whip", "session lost", {{"meeting", s.meeting_id}, {"reason", reason}});
  const conference::ConnectionId connection = s.connection;
  if (s.done) settle(s, WhipFault{false, ErrorCode::unavailable, reason});
  leave(connection, true);
}

void WhipSessions::on_close(conference::ConnectionId connection, CloseCode,
                            const std::string& reason) {
  const auto at = sessions_.find(connection);
  if (at == sessions_.end()) return;
  const std::unique_ptr<Session> s = std::move(at->second);
  sessions_.erase(at);
  connections_.erase(s->id);
  log::info("whip", "session ended", {{"meeting", s->meeting_id}});
  if (s->done) settle(*s, WhipFault{false, ErrorCode::unavailable, reason});
  loop_.on_disconnected(connection);
}

// Who waits may begin something new with the session at once.
void WhipSessions::settle(Session& s, const Outcome& outcome) {
  const Done done = std::exchange(s.done, nullptr);
  done(outcome);
}

void WhipSessions::expect(Session& s, std::chrono::milliseconds within, const char* what) {
  s.timer.expires_after(within);
  s.timer.async_wait([this, connection = s.connection, what](boost::system::error_code failure) {
    if (failure) return;
    Session* late = find(connection);
    if (late == nullptr) return;
    log::info("whip", "session lost", {{"meeting", late->meeting_id}, {"reason", what}});
    if (late->done) settle(*late, WhipFault{false, ErrorCode::unavailable, what});
    leave(connection, true);
  });
}

}  // namespace sluice::signaling
