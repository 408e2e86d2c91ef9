// What is wrong with a configuration file: collected while it is read, reported together, in the
// order of the file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

inline constexpr std::size_t faults_reported_max = 20;

// Where in the file; both count from 1. line 0 = the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
};

class Faults {
 public:
  explicit Faults(std::string file) : file_(std::move(file)) {}

  // path: "dataplane.ports[0].mtu", or empty for the file. what: "70000 is out of range; 576 to
  // 9216".
  void add(Place place, std::string_view path, std::string_view what);
  bool empty() const { return faults_.empty(); }
  std::size_t size() const { return faults_.size(); }

  // "FILE:LINE:COLUMN: path: what", one a line, sorted by place, at most faults_reported_max and
  // how many more.
  std::string report() const;

 private:
  struct Fault {
    Place place;
    std::string path;
    std::string what;
  };
  std::string file_;
  std::vector<Fault> faults_;
};

// What a person typed, fit for one line of output: control characters replaced, cut when long, in
// quotes.
std::string quote(std::string_view text);

}  // namespace sluice::config
