#include "controlplane/signaling/whip_sessions.h"

#include <openssl/sha.h>

#include <utility>

#include "common/log/log.h"
#include "controlplane/random_id.h"
#include "controlplane/signaling/connections.h"
#include "controlplane/signaling/whip_offer.h"

namespace sluice::signaling {
namespace {

// A session was let in once; its token's age no longer matters.
constexpr int64_t never_unix_s = 4'102'444'800;  // the year 2100

// In the journal in place of the client's own: as long as RFC 8839 s5.4 wants them.
constexpr std::string_view no_ufrag = "none";
constexpr std::string_view no_pwd = "0000000000000000000000";

struct Credentials {
  std::string ice_ufrag, ice_pwd;
};

constexpr std::string_view journal_prefix = "session/";

std::string journal_key(const std::string& session_id) {
  return std::string(journal_prefix) + session_id;
}

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
  Session(boost::asio::io_context& io, conference::ConnectionId c, std::string i)
      : connection(c), id(std::move(i)), timer(io) {}

  const conference::ConnectionId connection;
  const std::string id;
  Start wish;                             // its offer is the one that was answered last
  std::string ice_ufrag, ice_pwd_digest;  // the client's
  std::string etag;                       // empty = never answered
  // A restart under way, which may still be refused.
  std::string next_offer;
  uint64_t negotiation = 0;
  bool is_connected = false;
  bool waits = false;  // and is counted
  Done done;           // empty = nobody waits
  boost::asio::steady_timer timer;
};

Status WhipSessions::Start::read(const proto::sdp::Description& described) {
  if (kind == WhipKind::publish) {
    auto taken = sources_of(described);
    if (!taken) return taken.error();
    sources = std::move(*taken);
    return {};
  }
  auto taken = decodable_of(described);
  if (!taken) return taken.error();
  decode = std::move(*taken);
  return {};
}

WhipSessions::WhipSessions(boost::asio::io_context& io, ConferenceLoop& loop, Keep keep,
                           const Timeouts& timeouts)
    : io_(io), loop_(loop), keep_(std::move(keep)), timeouts_(timeouts) {
  loop.attach(*this);
}

WhipSessions::~WhipSessions() = default;

WhipSessions::Session& WhipSessions::make(std::string id) {
  const conference::ConnectionId connection = ++last_connection_;
  connections_[id] = connection;
  auto& slot = sessions_[connection];
  slot = std::make_unique<Session>(io_, connection, std::move(id));
  return *slot;
}

bool WhipSessions::admit(const IpAddress& from) {
  const auto at = waiting_.find(host_of(from));
  if (at == waiting_.end() || at->second < waiting_per_host_max) return true;
  ++turned_away_;
  return false;
}

void WhipSessions::start(const Start& start, Done done) {
  // Others may have begun since it was admitted.
  if (!admit(start.from)) {
    return done(WhipFault{false, ErrorCode::too_many, std::string(too_many_waiting)});
  }
  ++waiting_[host_of(start.from)];
  Session& s = make(random_id());
  s.waits = true;
  const conference::ConnectionId connection = s.connection;
  s.wish = start;
  s.next_offer = start.offer;
  s.done = std::move(done);
  log::info("whip", "session begins", {{"meeting", s.wish.meeting.id}});
  loop_.on_connected(connection, start.identity, start.meeting, never_unix_s);
  Hello hello;
  hello.shown_with_media = true;
  loop_.on_message(connection, hello);
  // The room may have been full.
  if (Session* admitted = find(connection)) offer(*admitted);
}

void WhipSessions::offer(Session& s) {
  ++s.negotiation;
  expect(s, timeouts_.answer, "no answer in time");
  loop_.on_message(s.connection, offer_message(s));
}

ClientMessage WhipSessions::offer_message(const Session& s) {
  if (s.wish.kind == WhipKind::publish) {
    return PublishOffer{s.negotiation, s.next_offer, s.wish.sources};
  }
  return PlayOffer{s.negotiation, s.next_offer, s.wish.decode, s.wish.participant_id};
}

void WhipSessions::restart_ice(const std::string& session_id, const std::string& ice_ufrag,
                               const std::string& ice_pwd, Done done) {
  const auto at = connections_.find(session_id);
  Session* s = at == connections_.end() ? nullptr : find(at->second);
  if (s == nullptr) return done(WhipFault{false, ErrorCode::not_found, "no such session"});
  if (s->done) {
    return done(WhipFault{false, ErrorCode::too_many, "another restart is under way"});
  }
  s->next_offer = with_credentials(s->wish.offer, ice_ufrag, ice_pwd);
  s->done = std::move(done);
  offer(*s);
}

std::optional<WhipSessions::View> WhipSessions::find(const std::string& session_id) const {
  const auto at = connections_.find(session_id);
  if (at == connections_.end()) return std::nullopt;
  const Session& s = *sessions_.at(at->second);
  return View{s.wish.meeting.id, s.wish.kind, s.etag, s.ice_ufrag, s.ice_pwd_digest};
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
  if (const auto* welcome = std::get_if<Welcome>(&message)) {
    // Only one of before a restart has an answer already.
    if (!s->etag.empty() && !welcome->resumed) lose(*s, "its media did not outlive the restart");
    return;
  }
  if (const auto* refusal = std::get_if<Refused>(&message)) {
    if (refusal->negotiation == s->negotiation) refuse(*s, {true, {}, refusal->reason});
  } else if (const auto* error = std::get_if<ErrorMessage>(&message)) {
    refuse(*s, {false, error->code, error->message});
  }
}

void WhipSessions::on(Session& s, const PublishAnswer& m) {
  if (m.negotiation != s.negotiation || !s.done) return;
  s.wish.offer = std::exchange(s.next_offer, {});
  const Credentials remote = credentials_of(s.wish.offer);
  s.ice_ufrag = remote.ice_ufrag;
  s.ice_pwd_digest = digest_of_password(remote.ice_pwd);
  // The client's side of an ICE session has its name from the other side's credentials.
  s.etag = '"' + credentials_of(m.sdp).ice_ufrag + '"';
  if (s.is_connected) {
    s.timer.cancel();
  } else {
    expect(s, timeouts_.connect, "no media in time");
  }
  remember(s);
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
    no_longer_waits(s);
    if (!s.done) s.timer.cancel();
    return;
  }
  lose(s, m.reason.empty() ? "no consent" : m.reason);
}

void WhipSessions::lose(Session& s, const std::string& reason) {
  log::info("whip", "session lost", {{"meeting", s.wish.meeting.id}, {"reason", reason}});
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
  no_longer_waits(*s);
  connections_.erase(s->id);
  schema::JournalRecord gone;
  gone.set_key(journal_key(s->id));
  keep_(gone);
  log::info("whip", "session ended", {{"meeting", s->wish.meeting.id}});
  if (s->done) settle(*s, WhipFault{false, ErrorCode::unavailable, reason});
  loop_.on_disconnected(connection);
}

void WhipSessions::no_longer_waits(Session& s) {
  if (!std::exchange(s.waits, false)) return;
  const auto at = waiting_.find(host_of(s.wish.from));
  if (--at->second == 0) waiting_.erase(at);
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
    if (Session* late = find(connection)) lose(*late, what);
  });
}

void WhipSessions::remember(const Session& s) {
  schema::JournalRecord record;
  record.set_key(journal_key(s.id));
  schema::JournaledSession& out = *record.mutable_session();
  out.set_meeting_id(s.wish.meeting.id);
  out.set_participant_id(s.wish.identity.participant_id);
  out.set_offer(with_credentials(s.wish.offer, no_ufrag, no_pwd));
  out.set_plays(s.wish.kind == WhipKind::play);
  out.set_etag(s.etag);
  out.set_negotiation(s.negotiation);
  out.set_ice_ufrag(s.ice_ufrag);
  out.set_ice_pwd_digest(s.ice_pwd_digest);
  keep_(record);
}

void WhipSessions::restore(const std::map<std::string, schema::JournalRecord>& records) {
  std::size_t count = 0;
  for (const auto& [key, record] : records) {
    if (!record.has_session()) continue;
    Session& s = make(key.substr(journal_prefix.size()));
    const conference::ConnectionId connection = s.connection;
    if (!restore(record.session(), s)) {
      on_close(connection, CloseCode::normal, "it did not outlive the restart");
      continue;
    }
    ++count;
    expect(s, timeouts_.connect, "no media in time");
    loop_.on_connected(connection, s.wish.identity, s.wish.meeting, never_unix_s);
    loop_.on_message(connection, Hello{s.wish.decode, true});
  }
  if (count > 0) log::info("whip", "sessions restored", {{"sessions", count}});
}

// False: there is nobody it speaks for.
bool WhipSessions::restore(const schema::JournaledSession& from, Session& s) {
  const auto& rooms = loop_.conference().rooms();
  const auto room = rooms.find(from.meeting_id());
  const auto* participant = loop_.conference().find(from.meeting_id(), from.participant_id());
  if (room == rooms.end() || participant == nullptr) return false;
  s.wish.meeting = room->second->meeting();
  s.wish.identity = participant->identity;
  s.wish.kind = from.plays() ? WhipKind::play : WhipKind::publish;
  s.wish.offer = from.offer();
  s.etag = from.etag();
  s.negotiation = from.negotiation();
  s.ice_ufrag = from.ice_ufrag();
  s.ice_pwd_digest = from.ice_pwd_digest();
  const auto described = proto::sdp::parse_description(s.wish.offer);
  return described && s.wish.read(*described);
}

std::string digest_of_password(std::string_view ice_pwd) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(ice_pwd.data()), ice_pwd.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace sluice::signaling
