// The command line: which command, which instance.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <ostream>

#include "common/config/config.h"
#include "tools/sluicectl/commands.h"
#include "tools/sluicectl/media_filter.h"
#include "tools/sluicectl/syntax.h"

namespace sluice::ctl {

namespace {

constexpr const char* about =
    "Looks at a Sluice instance: numbers and tables from its region, also of dead daemons.";
constexpr const char* footer =
    "\nExit codes: 0 all is well; 1 a finding (a dead daemon, an identity that does not hold, a "
    "fault in the\n"
    "tables or the configuration, something wrong for the doctor, nothing to capture); 2 wrong "
    "usage; 3 no region,\n"
    "or no answer from the control plane.\n"
    "Without --config and --region: the instance \"default\"; for the doctor "
    "/etc/sluice/sluice.yaml.";
constexpr const char* default_config = "/etc/sluice/sluice.yaml";

struct CommandLine {
  Options options;
  std::string config;
  double interval_s = 0;
  double top_interval_s = 1;
  bool once = false;
  MediaChoice choice;
  CaptureChoice capture;
  std::string noun;
  std::string port;
  std::string file;
  std::string root;
  std::function<ExitCode(Output)> command;
};

void add_filters(CLI::App& command, MediaChoice& choice) {
  command.add_option("--endpoint", choice.endpoint, "only what has to do with it")
      ->type_name("SLOT[.GENERATION]");
  command.add_option("--track", choice.track, "only what has to do with it")
      ->type_name("SLOT[.GENERATION]");
  command.add_option("--worker", choice.worker, "only what is at home on that worker")
      ->type_name("NUMBER");
}

// The man page says the same bounds.
void add_capture_options(CLI::App& command, CaptureChoice& choice) {
  const CLI::Validator slot(
      [](const std::string& text) {
        return is_slot_text(text) ? std::string() : text + ": must be SLOT or SLOT.GENERATION";
      },
      "");
  CLI::Option* endpoint =
      command.add_option("--endpoint", choice.media.endpoint, "what comes from it and goes to it")
          ->check(slot)
          ->type_name("SLOT[.GENERATION]");
  command.add_option("--track", choice.media.track, "what comes in of it, and what goes out of it")
      ->check(slot)
      ->excludes(endpoint)
      ->type_name("SLOT[.GENERATION]");
  command.add_option("--seconds", choice.seconds, "at most (default 10)")
      ->check(CLI::Range(0.1, static_cast<double>(shm::capture_duration_max / ns_per_s)))
      ->type_name("SECONDS");
  command.add_option("--packets", choice.packets, "at most (default 100000)")
      ->check(CLI::Range(uint64_t{1}, shm::capture_budget_max))
      ->type_name("NUMBER");
  command.add_option("--snaplen", choice.snaplen, "of each frame, at most (default 2024)")
      ->check(CLI::Range(uint32_t{64}, shm::capture_snaplen_max))
      ->type_name("BYTES");
  command.add_option("--write", choice.file, "the pcapng file; - is the standard output")
      ->required()
      ->type_name("FILE");
}

void add_commands(CLI::App& app, CommandLine& line) {
  const auto command = [&](CLI::App& parent, const char* name, const char* help,
                           std::function<ExitCode(Output)> run) {
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->final_callback([&line, run = std::move(run)] { line.command = run; });
    return sub;
  };
  command(app, "status", "daemons, workers, ports, tables and rings",
          [&](Output o) { return show_status(line.options, o); });
  command(app, "stat", "every counter, and where the workers' time goes",
          [&](Output o) { return show_stat(line.options, line.interval_s, o); })
      ->add_option("--interval", line.interval_s, "look twice, that far apart, and show rates")
      ->check(CLI::Range(0.01, 3'600.0))
      ->type_name("SECONDS");
  CLI::App* top =
      command(app, "top", "a live screen: load, traffic, drops, the busiest rooms",
              [&](Output o) { return show_top(line.options, line.top_interval_s, line.once, o); });
  top->add_option("--interval", line.top_interval_s, "between two screens (default 1)")
      ->check(CLI::Range(0.01, 3'600.0))
      ->type_name("SECONDS");
  top->add_flag("--once", line.once, "print one, after one interval");
  command(app, "drops", "named drops, and whether every packet is accounted for",
          [&](Output o) { return show_drops(line.options, o); });
  CLI::App* endpoints =
      command(app, "endpoints", "remote transports: state, traffic, loss",
              [&](Output o) { return show_endpoints(line.options, line.choice, o); });
  endpoints->add_flag("--addresses", line.choice.addresses, "show people's IP addresses too");
  add_filters(*endpoints, line.choice);
  add_filters(*command(app, "tracks", "what is published: codec, traffic, loss, subscribers",
                       [&](Output o) { return show_tracks(line.options, line.choice, o); }),
              line.choice);
  add_filters(
      *command(app, "subscriptions", "who is sent what: state, traffic and loss of the stream",
               [&](Output o) { return show_subscriptions(line.options, line.choice, o); }),
      line.choice);
  add_capture_options(*command(app, "capture", "frames of one endpoint or track, for tshark",
                               [&](Output o) { return capture(line.options, line.capture, o); }),
                      line.capture);
  CLI::App* port = app.add_subcommand("port", "the network ports")->require_subcommand(1);
  command(*port, "show", "attachment and queues, and what is done in hardware",
          [&](Output o) { return show_ports(line.options, line.port, o); })
      ->add_option("name", line.port, "one of them; all by default")
      ->type_name("PORT");
  CLI::App* table = app.add_subcommand("table", "the tables of the region")->require_subcommand(1);
  command(*table, "check", "validate every live record and how records refer to each other",
          [&](Output o) { return check_table(line.options, o); });
  command(*table, "show", "the slots in use",
          [&](Output o) { return show_table(line.options, line.noun, o); })
      ->add_option("table", line.noun, "one of them; all by default")
      ->check(CLI::IsMember({"endpoint", "track", "stream", "subscription"}))
      ->type_name("TABLE");
  CLI::App* config = app.add_subcommand("config", "configuration files")->require_subcommand(1);
  command(*config, "check", "read a file as the daemons would",
          [&](Output o) { return check_config(line.options, line.file, o); })
      ->add_option("file", line.file, "the YAML file")
      ->required()
      ->type_name("FILE");
  command(app, "doctor", "is this machine fit for the instance of --config?",
          [&](Output o) {
            return examine_machine(line.options, line.config.empty() ? default_config : line.config,
                                   line.root, o);
          })
      ->add_option("--root", line.root, "what holds proc, sys and the rest, instead of /")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIRECTORY");
  CLI::App* endpoint =
      app.add_subcommand("endpoint", "one remote transport")->require_subcommand(1);
  CLI::App* move = command(*endpoint, "move", "to another worker, with its keys and numbers",
                           [&](Output o) { return move_endpoint(line.options, line.choice, o); });
  move->add_option("endpoint", line.choice.endpoint, "which")
      ->required()
      ->type_name("SLOT[.GENERATION]");
  move->add_option("--worker", line.choice.worker, "its new home")->required()->type_name("NUMBER");
  command(app, "rooms", "meetings and who is in them, from the running control plane",
          [&](Output o) { return show_rooms(line.options, o); });
  command(app, "completion", "a script for bash that completes this command line", [](Output o) {
    o.out << bash_completion(sluicectl_syntax());
    return ExitCode::ok;
  });
}

void build(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", "sluicectl " SLUICE_VERSION);
  app.add_option("--config", line.config, "the instance's configuration")->type_name("FILE");
  app.add_option("--region", line.options.region, "where its region is, instead")
      ->type_name("DIRECTORY");
  app.add_option("--socket", line.options.socket, "the control plane's admin socket")
      ->type_name("FILE");
  app.add_flag("--json", line.options.json, "print JSON");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(footer);
  add_commands(app, line);
}

// Fills what the command line left open, from the configuration or the defaults of the instance
// "default".
Status locate(CommandLine& line) {
  config::Config c;
  c.region_directory = "/dev/shm/sluice-default";
  c.control.admin_socket = "/run/sluice-default/admin.sock";
  if (!line.config.empty()) {
    auto loaded = config::load_file(line.config);
    if (!loaded.ok()) return loaded.error();
    c = std::move(*loaded);
  }
  if (line.options.region.empty()) line.options.region = c.region_directory;
  if (line.options.socket.empty()) line.options.socket = c.control.admin_socket;
  return {};
}

}  // namespace

std::vector<CommandSyntax> sluicectl_syntax() {
  CommandLine line;
  CLI::App app(about, "sluicectl");
  build(app, line);
  return syntax_of(app);
}

ExitCode run(std::vector<std::string> arguments, Output output) {
  CommandLine line;
  CLI::App app(about, "sluicectl");
  build(app, line);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes a vector
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return app.exit(e, output.out, output.err) == 0 ? ExitCode::ok : ExitCode::usage;
  }
  if (const auto located = locate(line); !located.ok()) {
    output.err << located.error().message << '\n';
    return ExitCode::usage;
  }
  return line.command(output);
}

}  // namespace sluice::ctl
