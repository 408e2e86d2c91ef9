#include "tests/unit/controlplane/signaling/front_rig.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "common/log/log.h"
#include "controlplane/conference/journal_keys.h"
#include "controlplane/conference/memory_store.h"
#include "controlplane/conference_loop.h"
#include "controlplane/signaling/gateway.h"
#include "tests/unit/controlplane/signaling/scripted_agent.h"

namespace sluice::signaling {
namespace {

std::string make_directory() {
  std::string name = testing::TempDir() + "sluice_front_XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

ApiKeys make_keys(const std::string& directory) {
  const std::string path = directory + "/api.key";
  std::ofstream(path) << api_key << "\n";
  auto keys = ApiKeys::load({path});
  if (!keys) std::abort();
  return *keys;
}

IceServers make_ice_servers(const FrontRig::Settings& settings, const std::string& directory) {
  const std::string path = directory + "/turn.secret";
  std::ofstream(path) << "north-pole-secret-0123\n";
  auto servers = IceServers::load({settings.turn_urls, path, 86'400});
  if (!servers) std::abort();
  return *servers;
}

// A certificate for this run alone.
void make_certificate(const std::string& directory) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
      "-subj /CN=localhost -days 2 -keyout " +
      directory + "/key.pem -out " + directory + "/cert.pem 2>/dev/null";
  if (std::system(command.c_str()) != 0) std::abort();
}

config::Config make_config(const FrontRig::Settings& settings) {
  config::Config config;
  config.instance = "test";
  config.control.codecs = {"opus", "VP8", "VP9"};
  config.control.participants_per_meeting_max = settings.participants_max;
  config.control.public_url = settings.public_url;
  return config;
}

}  // namespace

struct FrontRig::Parts {
  Parts(const Settings& settings, const std::string& directory)
      : config(make_config(settings)),
        tokens(TokenKey::Secret{1, 2, 3}),
        api_keys(make_keys(directory)),
        ice_servers(make_ice_servers(settings, directory)),
        files(std::move(*StaticFiles::open(directory + "/web"))),
        journal(settings.journal),
        networks(*metrics::Networks::parse({})),
        store(10),
        loop(io, policy(settings), store,
             {[this](conference::ConnectionId id, Text text) { server->send(id, std::move(text)); },
              [this](conference::ConnectionId id, CloseCode code, const std::string& reason) {
                server->close(id, code, reason);
              },
              [this](const schema::AgentRequest& request) { agent.on_request(request); },
              [this](const conference::Reissue& wish) { gateway.reissue(wish); },
              [this](const schema::JournalRecord& record) { keep(record); }}),
        whip_sessions(
            io, loop, [this](const schema::JournalRecord& record) { keep(record); },
            settings.whip_timeouts),
        agent([this](schema::AgentReport report) {
          boost::asio::post(io, [this, report = std::move(report)] { loop.on_report(report); });
        }),
        rest({config, tokens, api_keys, ice_servers, files, networks, store, loop, whip_sessions,
              [] { return std::string("sluice_test 1\n"); }}),
        gateway(config, tokens, ice_servers, store, loop, rest),
        server(std::make_unique<Server>(io, gateway, settings.limits)) {
    gateway.attach(*server);
    const Journal records = journal;
    for (const auto& [key, record] : records) {
      if (record.has_room()) store.create(conference::meeting_of(record.room()), [](Status) {});
    }
    loop.restore(records);
    whip_sessions.restore(records);
  }

  void keep(const schema::JournalRecord& record) {
    if (record.value_case() == schema::JournalRecord::VALUE_NOT_SET) {
      journal.erase(record.key());
    } else {
      journal[record.key()] = record;
    }
  }

  static conference::Policy policy(const Settings& settings) {
    conference::Policy policy;
    policy.participants_per_meeting_max = settings.participants_max;
    return policy;
  }

  boost::asio::io_context io;
  config::Config config;
  TokenKey tokens;
  ApiKeys api_keys;
  IceServers ice_servers;
  StaticFiles files;
  Journal journal;
  metrics::Networks networks;
  conference::MemoryStore store;
  ConferenceLoop loop;
  WhipSessions whip_sessions;
  ScriptedAgent agent;
  Rest rest;
  Gateway gateway;
  std::unique_ptr<Server> server;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::thread thread;
};

FrontRig::FrontRig(const Settings& settings) : directory_(make_directory()), tls_(settings.tls) {
  log::set_level("error");
  std::filesystem::create_directories(directory_ + "/web");
  write_file("index.html", "<!doctype html>");
  parts_ = std::make_unique<Parts>(settings, directory_);
  config::Listener listener;
  listener.address = *parse_ip("127.0.0.1");
  if (tls_) {
    make_certificate(directory_);
    listener.certificate_file = directory_ + "/cert.pem";
    listener.private_key_file = directory_ + "/key.pem";
  }
  const auto port = parts_->server->listen(listener);
  if (!port) {
    ADD_FAILURE() << port.error().message;
    std::abort();
  }
  port_ = *port;
  parts_->server->start();
  parts_->thread = std::thread([this] { parts_->io.run(); });
}

FrontRig::~FrontRig() {
  parts_->io.stop();
  parts_->thread.join();
  parts_.reset();
  std::filesystem::remove_all(directory_);
}

void FrontRig::write_file(const std::string& name, const std::string& text) {
  const std::filesystem::path path = directory_ + "/web/" + name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

void FrontRig::call(const std::function<void()>& what) {
  std::promise<void> done;
  boost::asio::post(parts_->io, [&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

std::vector<schema::AgentRequest> FrontRig::agent_requests() {
  std::vector<schema::AgentRequest> out;
  call([&] { out = parts_->agent.requests(); });
  return out;
}

FrontRig::Journal FrontRig::journal() {
  Journal out;
  call([&] { out = parts_->journal; });
  return out;
}

void FrontRig::report(schema::AgentReport report) {
  call([&] { parts_->loop.on_report(report); });
}

void FrontRig::set_dataplane_ready(bool ready) {
  schema::AgentReport state;
  state.mutable_node_state()->set_dataplane_ready(ready);
  state.mutable_node_state()->set_reason(ready ? "" : "stopped by the test");
  report(std::move(state));
}

uint64_t FrontRig::refused(Refusal refusal) {
  uint64_t count = 0;
  call([&] { count = parts_->server->refusals().of(refusal); });
  return count;
}

void FrontRig::stop_server() {
  call([&] { parts_->server->stop(); });
}

}  // namespace sluice::signaling
