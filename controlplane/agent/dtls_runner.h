// Runs DTLS sessions: their arithmetic on a pool of threads, one strand each; everything else on
// the agent's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "controlplane/agent/dtls_session.h"

namespace sluice::agent {

// What a connection tells its owner, on the agent's thread. Nothing comes after the connection is
// destroyed.
struct DtlsEvents {
  std::function<void(std::vector<uint8_t> datagram)> send;
  std::function<void(const SrtpKeys& keys, CertificatePtr peer)> connected;  // once
  std::function<void()> closed;                                              // by the peer
  std::function<void(const std::string& why)> failed;
};

class DtlsConnection : public std::enable_shared_from_this<DtlsConnection> {
 public:
  void start();
  // A datagram that finds too many before it is dropped: DTLS repeats what matters.
  void on_datagram(std::span<const uint8_t> datagram);
  DtlsRole role() const { return role_; }

 private:
  friend class DtlsRunner;
  struct Turn;
  // Touched on its strand only.
  struct Core {
    Core(boost::asio::thread_pool& pool, const DtlsContext& context, DtlsRole role)
        : strand(boost::asio::make_strand(pool)), session(context, role) {}
    boost::asio::strand<boost::asio::thread_pool::executor_type> strand;
    DtlsSession session;
    bool reported_keys = false;
  };

  DtlsConnection(boost::asio::io_context& io, std::shared_ptr<Core> core, DtlsRole role,
                 DtlsEvents events)
      : io_(io), core_(std::move(core)), timer_(io), role_(role), events_(std::move(events)) {}
  // Runs `step` on the strand and brings its results back here.
  template <class Step>
  void run(Step step);
  void on_turn(Turn& turn);
  void arm(std::optional<std::chrono::microseconds> timeout);

  boost::asio::io_context& io_;
  std::shared_ptr<Core> core_;
  boost::asio::steady_timer timer_;
  DtlsRole role_;
  DtlsEvents events_;
  DtlsSession::State state_ = DtlsSession::State::handshaking;
  std::size_t pending_ = 0;
};

class DtlsRunner {
 public:
  DtlsRunner(boost::asio::io_context& io, DtlsContext context, std::size_t threads);
  // Waits for the handshake steps under way.
  ~DtlsRunner();
  DtlsRunner(const DtlsRunner&) = delete;
  DtlsRunner& operator=(const DtlsRunner&) = delete;

  std::shared_ptr<DtlsConnection> connect(DtlsRole role, DtlsEvents events);

 private:
  boost::asio::io_context& io_;
  DtlsContext context_;
  boost::asio::thread_pool pool_;
};

}  // namespace sluice::agent
