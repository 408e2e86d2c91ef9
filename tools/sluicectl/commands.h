// The commands of sluicectl: each prints to `out` (text or JSON), problems to `err`, and says how
// it ended.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "common/shm/capture.h"
#include "tools/sluicectl/exit_code.h"

namespace sluice::ctl {

// Where to look and how to print; from the command line.
struct Options {
  std::string region;  // directory
  std::string socket;  // of the control plane
  bool json = false;
};

// Of endpoints, tracks and subscriptions: which are shown; empty = all.
struct MediaChoice {
  std::string endpoint, track;  // SLOT or SLOT.GENERATION
  std::string worker;
  bool addresses = false;  // also the IP addresses of people
};

// What is captured, how much of it at most, and where to.
struct CaptureChoice {
  MediaChoice media;  // its endpoint or its track
  double seconds = 10;
  uint64_t packets = 100'000;
  uint32_t snaplen = shm::capture_snaplen_max;  // bytes of each frame
  std::string file;                             // "-" = the output
};

struct Output {
  std::ostream& out;
  std::ostream& err;
};

// Parses a command line (without the program's name) and runs its command.
ExitCode run(std::vector<std::string> arguments, Output output);

ExitCode show_status(const Options& options, Output output);
// interval_s > 0: two looks that far apart, and the rates between them.
ExitCode show_stat(const Options& options, double interval_s, Output output);
// Until SIGINT or SIGTERM, a screen every interval_s; once: one, after one interval. `once` is
// needed for JSON.
ExitCode show_top(const Options& options, double interval_s, bool once, Output output);
ExitCode show_drops(const Options& options, Output output);
// name: of the port; empty for all.
ExitCode show_ports(const Options& options, const std::string& name, Output output);
ExitCode check_table(const Options& options, Output output);
// noun: endpoint, track, stream, subscription, negotiation, or empty for all.
ExitCode show_table(const Options& options, const std::string& noun, Output output);
ExitCode show_endpoints(const Options& options, const MediaChoice& choice, Output output);
ExitCode show_tracks(const Options& options, const MediaChoice& choice, Output output);
ExitCode show_subscriptions(const Options& options, const MediaChoice& choice, Output output);
// Until enough is captured, it has left, or SIGINT or SIGTERM comes; what was captured is whole
// then.
ExitCode capture(const Options& options, const CaptureChoice& choice, Output output);
ExitCode check_config(const Options& options, const std::string& file, Output output);
// file: the instance's configuration. root: below which /proc, /sys and the rest are read; empty =
// this machine.
ExitCode examine_machine(const Options& options, const std::string& file, const std::string& root,
                         Output output);
// choice: which endpoint, and the worker it goes to.
ExitCode move_endpoint(const Options& options, const MediaChoice& choice, Output output);
ExitCode show_rooms(const Options& options, Output output);

}  // namespace sluice::ctl
