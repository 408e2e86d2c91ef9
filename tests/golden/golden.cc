// golden DIRECTORY...: replays in.pcap with tables.yaml of each case directory and compares what
// the worker sends with out.pcap and what it counts with counters.txt. With --update it writes both
// instead: look at the difference before committing it.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/golden/replay.h"

namespace {

using namespace sluice;
using namespace sluice::golden;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  char two[4];
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::snprintf(two, sizeof two, i % 32 == 31 ? "%02x\n" : "%02x", bytes[i]);
    text += two;
  }
  return text;
}

void print_frame(const char* what, const std::vector<Frame>& frames, std::size_t i) {
  if (i >= frames.size()) {
    std::printf("%s: nothing\n", what);
    return;
  }
  std::printf("%s: at %.3f s, %zu bytes\n%s\n", what, static_cast<double>(frames[i].at) / 1e9,
              frames[i].bytes.size(), hex(frames[i].bytes).c_str());
}

bool same_frames(const std::vector<Frame>& wanted, const std::vector<Frame>& got) {
  const std::size_t n = std::max(wanted.size(), got.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (i < wanted.size() && i < got.size() && wanted[i] == got[i]) continue;
    std::printf("%zu frames expected, %zu sent; the first difference is frame %zu\n", wanted.size(),
                got.size(), i + 1);
    print_frame("expected", wanted, i);
    print_frame("sent", got, i);
    return false;
  }
  return true;
}

bool same_counters(const std::string& wanted, const std::string& got) {
  if (wanted == got) return true;
  std::printf("counters expected:\n%scounters found:\n%s", wanted.c_str(), got.c_str());
  return false;
}

Status update(const std::string& directory, const Outcome& outcome) {
  if (auto s = write_pcap(directory + "/out.pcap", outcome.sent); !s) return s;
  std::ofstream(directory + "/counters.txt") << outcome.counters;
  std::printf("%s: %zu frames sent\n%s", directory.c_str(), outcome.sent.size(),
              outcome.counters.c_str());
  return {};
}

Status run_case(const std::string& directory, bool updating) {
  const auto tables = read_tables(directory + "/tables.yaml");
  if (!tables) return tables.error();
  const auto input = read_pcap(directory + "/in.pcap");
  if (!input) return input.error();
  for (auto engine : {srtp::EngineKind::multi_buffer, srtp::EngineKind::libsrtp}) {
    const auto outcome = replay(*tables, *input, engine);
    if (!outcome) return outcome.error();
    if (updating) return update(directory, *outcome);
    const auto wanted = read_pcap(directory + "/out.pcap");
    if (!wanted) return wanted.error();
    const bool counters = same_counters(read_text(directory + "/counters.txt"), outcome->counters);
    if (!same_frames(*wanted, outcome->sent) || !counters) {
      return Error{std::string("differs with the engine ") +
                   (engine == srtp::EngineKind::libsrtp ? "libsrtp" : "multi_buffer")};
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  bool updating = false;
  int failures = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0) {
      updating = true;
      continue;
    }
    const Status s = run_case(argv[i], updating);
    const std::string name = std::filesystem::path(argv[i]).filename();
    std::printf("%s: %s\n", name.c_str(), s ? "ok" : s.error().message.c_str());
    failures += !s;
  }
  return failures == 0 ? 0 : 1;
}
