#include "controlplane/daemon.h"

#include <admin.pb.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/log/log.h"
#include "controlplane/admin/admin_server.h"
#include "controlplane/admin/list_rooms.h"
#include "controlplane/agent/agent.h"
#include "controlplane/conference/journal_keys.h"
#include "controlplane/conference/memory_store.h"
#include "controlplane/conference_loop.h"
#include "controlplane/journal/journal.h"
#include "controlplane/metrics/conference_metrics.h"
#include "controlplane/metrics/prometheus_text.h"
#include "controlplane/metrics/region_metrics.h"
#include "controlplane/service_watch.h"
#include "controlplane/signaling/gateway.h"
#include "controlplane/signaling/whip_sessions.h"

namespace sluice {
namespace {

conference::ReceiverFeedback feedback_of(config::ReceiverFeedback feedback) {
  switch (feedback) {
    case config::ReceiverFeedback::transport_wide:
      return conference::ReceiverFeedback::transport_wide;
    case config::ReceiverFeedback::reports:
      return conference::ReceiverFeedback::reports;
    case config::ReceiverFeedback::by_audience:
      break;
  }
  return conference::ReceiverFeedback::by_audience;
}

constexpr std::chrono::seconds stop_timeout{4};  // for the closing handshakes of the WebSockets

conference::Policy policy_of(const config::Config& config) {
  conference::Policy policy;
  policy.participants_per_meeting_max = config.control.participants_per_meeting_max;
  policy.receiver_feedback = feedback_of(config.control.receiver_feedback);
  policy.transport_wide_audience_max = config.control.transport_wide_audience_max;
  return policy;
}

// Makes the directory where it is missing, and only its last part. `key` names it in the
// configuration.
Status make_directory(const std::string& path, const char* key, mode_t mode,
                      const Account* account) {
  if (mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return {};
    return Error{path + ": " + std::strerror(errno) + "; make it or change " + key};
  }
  if (account != nullptr && chown(path.c_str(), account->uid, account->gid) != 0) {
    return Error{path + ": cannot be given to " + account->name + ": " + std::strerror(errno)};
  }
  return {};
}

}  // namespace

struct Daemon::Parts {
  explicit Parts(const config::Config& c)
      : config(c),
        store(c.control.meetings_max),
        loop(io, policy_of(c), store, surroundings()),
        whip_sessions(io, loop,
                      [this](const schema::JournalRecord& record) { journal->put(record); }),
        admin(io, [this](const schema::AdminRequest& request) { return answer(request); }),
        region_metrics(c.region_directory),
        conference_metrics([this] { return numbers(); }),
        signals(io),
        stop_timer(io) {}

  ConferenceLoop::Surroundings surroundings();
  schema::AdminResponse answer(const schema::AdminRequest& request) const;
  metrics::ConferenceNumbers numbers() const;
  Status make_front(const signaling::TokenKey::Secret& secret);
  // People and meetings of before a restart.
  void restore();
  void stop();
  void stop_when_alone();

  const config::Config& config;
  boost::asio::io_context io{1};
  conference::MemoryStore store;
  ConferenceLoop loop;
  signaling::WhipSessions whip_sessions;
  signaling::ApiKeys api_keys;
  signaling::IceServers ice_servers;
  signaling::StaticFiles files;
  metrics::Networks metrics_networks;
  admin::AdminServer admin;
  metrics::RegionMetrics region_metrics;
  metrics::ConferenceMetrics conference_metrics;
  boost::asio::signal_set signals;
  boost::asio::steady_timer stop_timer;
  ServiceWatch watch{io};
  std::optional<journal::Journal> journal;
  std::optional<signaling::TokenKey> tokens;
  std::optional<signaling::Rest> rest;
  std::unique_ptr<agent::Agent> agent;
  bool stopping = false;
  // The server is bound before the token key is read, so its user is found through here.
  struct User final : signaling::ServerUser {
    explicit User(Parts& all) : parts(all) {}
    Parts& parts;
    std::optional<signaling::Gateway> gateway;
    void on_request(signaling::HttpRequest request, Reply reply) override {
      gateway->on_request(std::move(request), std::move(reply));
    }
    void on_upgrade(signaling::HttpRequest request, UpgradeReply reply) override {
      gateway->on_upgrade(std::move(request), std::move(reply));
    }
    void on_text(signaling::WebSocketId id, std::string_view text) override {
      gateway->on_text(id, text);
    }
    void on_closed(signaling::WebSocketId id) override {
      gateway->on_closed(id);
      parts.stop_when_alone();
    }
  } user{*this};
  signaling::Server server{io, user};
};

ConferenceLoop::Surroundings Daemon::Parts::surroundings() {
  return {
      [this](conference::ConnectionId id, std::shared_ptr<const std::string> text) {
        server.send(id, std::move(text));
      },
      [this](conference::ConnectionId id, signaling::CloseCode code, const std::string& reason) {
        server.close(id, code, reason);
      },
      [this](const schema::AgentRequest& request) { agent->on_request(request); },
      [this](const conference::Reissue& wish) { user.gateway->reissue(wish); },
      [this](const schema::JournalRecord& record) { journal->put(record); },
  };
}

schema::AdminResponse Daemon::Parts::answer(const schema::AdminRequest& request) const {
  if (request.has_list_rooms()) {
    return admin::list_rooms(loop.conference(), [this](const std::string& endpoint_id) {
      return agent->region_id_of(endpoint_id);
    });
  }
  schema::AdminResponse response;
  if (request.has_move_endpoint()) {
    const schema::MoveEndpoint& move = request.move_endpoint();
    const Status moved = agent->move({move.slot(), move.generation()}, move.worker());
    if (!moved) response.set_error(moved.error().message);
  } else {
    response.set_error("no such command");
  }
  return response;
}

metrics::ConferenceNumbers Daemon::Parts::numbers() const {
  const conference::Stats stats = loop.conference().stats();
  const signaling::ConnectionCounts counts = server.connection_counts();
  metrics::ConferenceNumbers numbers{stats.rooms,       stats.participants,
                                     stats.connections, server.connection_count(),
                                     counts.refused,    counts.dropped};
  for (std::size_t i = 0; i < signaling::refusal_names.size(); ++i) {
    const auto refusal = static_cast<signaling::Refusal>(i);
    numbers.refused.emplace_back(signaling::refusal_names[i], server.refusals().of(refusal));
  }
  numbers.refused.emplace_back("no_hello", stats.silent);
  numbers.refused.emplace_back("no_media", whip_sessions.turned_away());
  const agent::AgentCounters agent_counters = agent->counters();
  numbers.punts = {{"dtls", agent_counters.punts_dtls},
                   {"stranger", agent_counters.punts_stranger},
                   {"stale", agent_counters.punts_stale}};
  numbers.handshakes_timed_out = agent_counters.handshakes_timed_out;
  numbers.requests_waiting = agent_counters.requests_waiting;
  return numbers;
}

Status Daemon::Parts::make_front(const signaling::TokenKey::Secret& secret) {
  tokens.emplace(secret);
  rest.emplace(signaling::Rest::Parts{
      config, *tokens, api_keys, ice_servers, files, metrics_networks, store, loop, whip_sessions,
      [this] {
        return metrics::to_prometheus_text({&region_metrics, &conference_metrics});
      }});
  user.gateway.emplace(config, *tokens, ice_servers, store, loop, *rest);
  user.gateway->attach(server);
  auto made = agent::Agent::make(
      io, config, *journal, [this](const schema::AgentReport& report) { loop.on_report(report); });
  if (!made) return made.error();
  agent = std::move(*made);
  return {};
}

void Daemon::Parts::restore() {
  // The journal changes while it is replayed.
  const journal::Journal::Records records = journal->records();
  for (const auto& [key, record] : records) {
    if (!record.has_room()) continue;
    store.create(conference::meeting_of(record.room()), [](Status made) {
      if (!made) log::error("daemon", "meeting not restored", {{"reason", made.error().message}});
    });
  }
  loop.restore(records);
  whip_sessions.restore(records);
  const conference::Stats stats = loop.conference().stats();
  log::info("daemon", "meetings restored",
            {{"meetings", stats.rooms}, {"participants", stats.participants}});
}

void Daemon::Parts::stop() {
  log::info("daemon", "stopping");
  ServiceWatch::stopping();
  stopping = true;
  server.stop();
  admin.stop();
  stop_timer.expires_after(stop_timeout);
  stop_timer.async_wait([this](boost::system::error_code) { io.stop(); });
  stop_when_alone();
}

void Daemon::Parts::stop_when_alone() {
  if (stopping && server.websocket_count() == 0) io.stop();
}

Daemon::Daemon(const config::Config& config) : parts_(std::make_unique<Parts>(config)) {}

Daemon::~Daemon() = default;

Status Daemon::bind(const Account* account) {
  Parts& p = *parts_;
  const config::Control& control = p.config.control;
  auto keys = signaling::ApiKeys::load(control.api_key_files);
  if (!keys) return keys.error();
  p.api_keys = std::move(*keys);
  if (p.api_keys.size() == 0) log::warning("daemon", "no API key: nobody can make a meeting");
  auto ice_servers = signaling::IceServers::load(control.turn);
  if (!ice_servers) return ice_servers.error();
  p.ice_servers = std::move(*ice_servers);
  auto networks = metrics::Networks::parse(control.metrics_networks);
  if (!networks) return networks.error();
  p.metrics_networks = std::move(*networks);
  if (!control.web_root.empty()) {
    auto files = signaling::StaticFiles::open(control.web_root);
    if (!files) return files.error();
    p.files = std::move(*files);
  }
  if (auto made = make_directory(control.state_directory, "control.state_directory", 0700, account);
      !made) {
    return made;
  }
  const std::string journal_directory = std::filesystem::path(control.journal).parent_path();
  if (auto made = make_directory(journal_directory, "control.journal", 0755, account); !made) {
    return made;
  }
  for (const config::Listener& listener : control.listeners) {
    const bool plain = listener.certificate_file.empty();
    if (plain && !listener.plain_http_anywhere && !metrics::is_loopback(listener.address)) {
      return Error{to_string(listener.address) +
                   ": plain HTTP is for loopback alone; give a certificate_file, or say "
                   "plain_http_anywhere"};
    }
    const auto port = p.server.listen(listener);
    if (!port) return port.error();
    log::info("daemon", "listening", {{"port", *port}, {"tls", plain ? "no" : "yes"}});
  }
  if (control.admin_socket.empty()) return {};
  return account == nullptr ? p.admin.listen(control.admin_socket)
                            : p.admin.listen(control.admin_socket, static_cast<int>(account->uid),
                                             static_cast<int>(account->gid));
}

Status Daemon::start() {
  Parts& p = *parts_;
  auto secret = signaling::TokenKey::load_or_make(p.config.control.state_directory);
  if (!secret) return secret.error();
  auto journal = journal::Journal::open(p.config.control.journal);
  if (!journal) return journal.error();
  p.journal.emplace(std::move(*journal));
  if (auto made = p.make_front(*secret); !made) return made;
  p.restore();
  p.signals.add(SIGTERM);
  p.signals.add(SIGINT);
  p.signals.async_wait([&p](boost::system::error_code failure, int) {
    if (!failure) p.stop();
  });
  p.server.start();
  if (!p.config.control.admin_socket.empty()) p.admin.start();
  return {};
}

void Daemon::run() {
  log::info("daemon", "ready",
            {{"version", SLUICE_VERSION}, {"instance", parts_->config.instance}});
  parts_->watch.start();
  for (;;) {
    try {
      parts_->io.run();
      break;
    } catch (const std::exception& failure) {
      // One handler's failure is not the others'. Our own bugs assert; this is a library's.
      log::error("daemon", "handler failed", {{"reason", failure.what()}});
    }
  }
  log::info("daemon", "stopped");
}

}  // namespace sluice
