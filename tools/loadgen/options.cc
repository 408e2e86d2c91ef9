#include "tools/loadgen/options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

namespace sluice::loadgen {
namespace {

constexpr const char* footer =
    "\nExample, over one end of a veth pair:\n"
    "  sluice-loadgen --url 'http://127.0.0.1:8080/#key=KEY' --device net_af_packet0,iface=media\n"
    "    --address 10.77.0.100/24 --publishers 2 --attendees 20 --no-huge --idle-sleep-us 50\n"
    "\nExit codes: 0 everything asked for happened; 1 somebody did not join, a stream is missing,\n"
    "packets were bad, or more were lost than --loss-max; 2 wrong usage; 3 DPDK or the device\n"
    "cannot start; 4 the server gave no meeting; 5 ended by a signal before its time.";

// What the command line says, before it is known to make sense.
struct Words {
  std::string url;
  std::string api_key;
  std::vector<std::string> addresses;
  std::string gateway;
  std::string codec = "VP8";
  std::string suite = "any";
  std::string media;
  uint32_t core = 0;
  bool no_huge = false;
};

const std::map<std::string, std::vector<srtp::Profile>> suites = {
    {"any",
     {srtp::Profile::aead_aes_256_gcm, srtp::Profile::aead_aes_128_gcm,
      srtp::Profile::aes128_cm_sha1_80}},
    {"aes256gcm", {srtp::Profile::aead_aes_256_gcm}},
    {"aes128gcm", {srtp::Profile::aead_aes_128_gcm}},
    {"aescm", {srtp::Profile::aes128_cm_sha1_80}},
};

void add_server(CLI::App& app, Options& o, Words& words) {
  app.add_option("--url", words.url,
                 "the server (http://HOST:PORT), its /#key=KEY page, or the link of a meeting")
      ->required();
  app.add_option("--api-key", words.api_key, "makes a meeting; also taken from the URL");
  app.add_flag("--any-certificate", o.any_certificate,
               "takes whatever certificate an HTTPS server shows");
}

void add_port(CLI::App& app, Options& o, Words& words, CLI::Option** core) {
  app.add_option("--device", o.device,
                 "DPDK device: a PCI address, or net_af_packet0,iface=eth1, net_memif0,role=...")
      ->required();
  app.add_option("--address", words.addresses,
                 "IPv4 address with prefix length the clients live behind; several are shared "
                 "among them")
      ->required()
      ->delimiter(',');
  app.add_option("--gateway", words.gateway, "router toward servers off the link");
  app.add_option("--port-base", o.port_base, "first UDP port of the clients")
      ->capture_default_str()
      ->check(CLI::Range(1'024, 60'000));
  app.add_flag("--no-huge", words.no_huge, "runs without hugepages");
  app.add_option("--memory-mib", o.memory_mib, "memory of DPDK")
      ->capture_default_str()
      ->check(CLI::Range(64, 65'536));
  *core = app.add_option("--core", words.core, "core of the poll loop; any by default");
  app.add_option("--idle-sleep-us", o.idle_sleep_us, "sleep when nothing is due; 0 polls")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000));
}

void add_crowd(CLI::App& app, Options& o) {
  app.add_option("--publishers", o.publishers, "participants that send and do not receive")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000));
  app.add_option("--attendees", o.attendees, "participants that receive and do not send")
      ->capture_default_str()
      ->check(CLI::Range(0, 100'000));
  app.add_option("--join-rate", o.join_rate_per_s, "joins per second, publishers first")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100'000.0));
  app.add_option("--join-timeout", o.join_timeout_s, "seconds until a join has failed")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 3'600.0));
  app.add_option("--duration", o.duration_s, "seconds of media after the last join")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 604'800.0));
}

void add_media(CLI::App& app, Options& o, Words& words) {
  app.add_option("--codec", words.codec, "of the video: VP8 or VP9")
      ->capture_default_str()
      ->check(CLI::IsMember({"VP8", "VP9"}));
  app.add_option("--bitrate", o.bitrate_kbps, "of one publisher's video, kbit/s")
      ->capture_default_str()
      ->check(CLI::Range(50, 100'000));
  app.add_option("--fps", o.frames_per_s, "frames per second of the video")
      ->capture_default_str()
      ->check(CLI::Range(1, 120));
  app.add_option("--audio-bitrate", o.audio_kbps, "of one publisher's Opus, kbit/s")
      ->capture_default_str()
      ->check(CLI::Range(16, 400));
  app.add_option("--media", words.media,
                 "DIRECTORY with video-0.ivf (VP8) and audio-0.ivf (Opus, 20 ms), -1, and so on: "
                 "sent in a loop in place of filler")
      ->check(CLI::ExistingDirectory);
  app.add_option("--suite", words.suite, "SRTP protection offered")
      ->capture_default_str()
      ->check(CLI::IsMember({"any", "aes256gcm", "aes128gcm", "aescm"}));
  app.add_option("--sample", o.sample, "attendees that decrypt and check every packet")
      ->capture_default_str();
  app.add_option("--loss-max", o.loss_max_percent, "per cent of packets that may be lost")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--json", o.json, "writes the report as JSON to this FILE, - for the output");
}

Status understand(Options& o, const Words& words) {
  auto url = parse_url(words.url);
  if (!url) return Error{"--url: " + url.error().message};
  o.url = *url;
  o.invitation = invitation_of(o.url);
  if (!words.api_key.empty()) o.invitation.api_key = words.api_key;
  const bool invited = !o.invitation.meeting_id.empty() && !o.invitation.join_token.empty();
  if (!invited && o.invitation.api_key.empty()) {
    return Error{"--url names no meeting (/m/ID#t=TOKEN): --api-key is needed to make one"};
  }
  for (const std::string& text : words.addresses) {
    auto network = parse_network(text);
    if (!network) return Error{"--address: " + network.error().message};
    o.networks.push_back(*network);
  }
  if (!words.gateway.empty()) {
    auto gateway = parse_ip(words.gateway);
    if (!gateway) return Error{"--gateway: " + gateway.error().message};
    o.gateway = *gateway;
  }
  const std::size_t room = LocalAddresses(o.networks, o.port_base).capacity();
  if (o.participants() > room) {
    return Error{"--address: room for " + std::to_string(room) + " clients, " +
                 std::to_string(o.participants()) + " asked for: give more addresses"};
  }
  if (!words.media.empty()) {
    if (words.codec != "VP8") return Error{"--media: is VP8, so --codec cannot be " + words.codec};
    auto canned = load_canned_media(words.media);
    if (!canned) return Error{"--media: " + canned.error().message};
    o.canned = std::move(*canned);
  }
  o.codec = words.codec == "VP9" ? Codec::vp9 : Codec::vp8;
  o.profiles = suites.at(words.suite);
  o.hugepages = !words.no_huge;
  return {};
}

}  // namespace

std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv) {
  Options o;
  Words words;
  CLI::Option* core = nullptr;
  CLI::App app(
      "Emulates the clients of a running Sluice over a DPDK port: real signaling, ICE, DTLS and "
      "SRTP.",
      "sluice-loadgen");
  app.set_version_flag("--version", "sluice-loadgen " SLUICE_VERSION);
  app.footer(footer);
  app.get_formatter()->column_width(34);
  add_server(app, o, words);
  add_port(app, o, words, &core);
  add_crowd(app, o);
  add_media(app, o, words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? ExitCode::ok : ExitCode::usage;
  }
  if (core->count() != 0) o.core = words.core;
  if (const Status s = understand(o, words); !s) {
    std::cerr << "sluice-loadgen: " << s.error().message << '\n';
    return ExitCode::usage;
  }
  return o;
}

}  // namespace sluice::loadgen
