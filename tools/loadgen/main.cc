// sluice-loadgen: emulates the clients of a running Sluice over a DPDK port.
//
// Two threads: the poll loop (this one) has the port, ICE and all media; the other has signaling
// and DTLS handshakes, so that thousands of joins do not stall the media.
#include <sys/resource.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/loadgen/eal.h"
#include "tools/loadgen/report.h"

namespace sluice::loadgen {
namespace {

int fail(ExitCode code, const std::string& why) {
  std::cerr << "sluice-loadgen: " << why << '\n';
  return static_cast<int>(code);
}

// A WebSocket per participant takes more than the usual 1,024 files.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int deliver(const Report& report, const std::string& json) {
  if (json != "-") std::cout << text_of(report);
  if (!json.empty()) {
    const std::string text =
        json_of(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    if (json == "-") {
      std::cout << text << '\n';
    } else if (std::ofstream file(json); !(file << text << '\n')) {
      return fail(ExitCode::usage, "--json " + json + ": cannot be written");
    }
  }
  return static_cast<int>(report.exit_code());
}

int run(const Options& options) {
  raise_file_limit();
  auto eal = Eal::start(options);
  if (!eal) return fail(ExitCode::no_port, eal.error().message);
  auto port = Port::open(options.device);
  if (!port) return fail(ExitCode::no_port, port.error().message);
  auto engine = srtp::Engine::create(srtp::EngineKind::multi_buffer);
  if (!engine) engine = srtp::Engine::create(srtp::EngineKind::libsrtp);
  auto checking = srtp::Engine::create(srtp::EngineKind::libsrtp);
  if (!engine) return fail(ExitCode::no_port, engine.error().message);
  if (!checking) return fail(ExitCode::no_port, checking.error().message);
  const auto certificate = Certificate::make();
  if (!certificate) return fail(ExitCode::no_port, certificate.error().message);
  const auto dtls = DtlsSettings::make(*certificate, options.profiles);
  if (!dtls) return fail(ExitCode::no_port, dtls.error().message);

  MediaLoop media(options, **port, std::move(*engine), std::move(*checking));
  boost::asio::io_context io(1);
  Connector connector(io, options.any_certificate);
  ParticipantContext context{io,    connector, options, *dtls, certificate->fingerprint(),
                             media, {},        {}};
  Crowd crowd(context);
  std::thread signaling([&] {
    eal->leave_poll_core();
    crowd.run();
  });
  media.run(crowd.media_events());
  signaling.join();
  if (!crowd.failure().empty()) {
    return fail(ExitCode::no_meeting, "no meeting: " + crowd.failure());
  }
  return deliver(make_report(options, crowd, media, **port), options.json);
}

}  // namespace
}  // namespace sluice::loadgen

int main(int argc, char** argv) {
  using namespace sluice::loadgen;
  auto parsed = parse_options(argc, argv);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return static_cast<int>(*code);
  try {
    return run(std::get<Options>(parsed));
  } catch (const std::exception& e) {
    return fail(ExitCode::finding, e.what());
  }
}
