#include "controlplane/agent/dtls_runner.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace sluice::agent {
namespace {

// Steps of one connection that wait for the pool; a handshake has three datagrams under way at a
// time.
constexpr std::size_t pending_max = 64;

}  // namespace

// What one step on the strand brought about.
struct DtlsConnection::Turn {
  std::vector<std::vector<uint8_t>> datagrams;
  DtlsSession::State state = DtlsSession::State::handshaking;
  std::optional<std::chrono::microseconds> timeout;
  std::string failure;
  bool connected = false;  // in this step
  SrtpKeys keys;
  CertificatePtr peer;
};

template <class Step>
void DtlsConnection::run(Step step) {
  ++pending_;
  boost::asio::post(core_->strand, [core = core_, weak = weak_from_this(), &io = io_,
                                    step = std::move(step)]() mutable {
    auto turn = std::make_shared<Turn>();
    DtlsSession& session = core->session;
    step(session);
    for (auto d = session.poll_datagram(); !d.empty(); d = session.poll_datagram()) {
      turn->datagrams.push_back(std::move(d));
    }
    turn->state = session.state();
    turn->timeout = session.timeout_in();
    turn->failure = session.failure();
    if (session.state() == DtlsSession::State::connected && !core->reported_keys) {
      core->reported_keys = true;
      turn->connected = true;
      turn->keys = session.keys();
      turn->peer = session.peer_certificate();
    }
    boost::asio::post(io, [weak, turn] {
      if (const auto self = weak.lock()) self->on_turn(*turn);
    });
  });
}

void DtlsConnection::start() {
  run([](DtlsSession& s) { s.start(); });
}

void DtlsConnection::on_datagram(std::span<const uint8_t> datagram) {
  if (pending_ >= pending_max) return;
  run([bytes = std::vector<uint8_t>(datagram.begin(), datagram.end())](DtlsSession& s) {
    s.on_datagram(bytes);
  });
}

void DtlsConnection::on_turn(Turn& turn) {
  // An event may destroy the connection.
  const auto self = shared_from_this();
  --pending_;
  for (std::vector<uint8_t>& d : turn.datagrams) events_.send(std::move(d));
  const auto before = state_;
  state_ = turn.state;
  arm(turn.timeout);
  if (turn.connected) events_.connected(turn.keys, std::move(turn.peer));
  if (state_ == before) return;
  if (state_ == DtlsSession::State::closed) events_.closed();
  if (state_ == DtlsSession::State::failed) events_.failed(turn.failure);
}

void DtlsConnection::arm(std::optional<std::chrono::microseconds> timeout) {
  timer_.cancel();
  if (!timeout) return;
  timer_.expires_after(*timeout);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->run([](DtlsSession& s) { s.on_timeout(); });
  });
}

DtlsRunner::DtlsRunner(boost::asio::io_context& io, DtlsContext context, std::size_t threads)
    : io_(io), context_(std::move(context)), pool_(std::max<std::size_t>(threads, 1)) {}

DtlsRunner::~DtlsRunner() {
  pool_.stop();
  pool_.join();
}

std::shared_ptr<DtlsConnection> DtlsRunner::connect(DtlsRole role, DtlsEvents events) {
  auto core = std::make_shared<DtlsConnection::Core>(pool_, context_, role);
  return std::shared_ptr<DtlsConnection>(
      new DtlsConnection(io_, std::move(core), role, std::move(events)));
}

}  // namespace sluice::agent
