// What every record of a bench says of where it was measured.
#pragma once

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace sluice::perf {

// The processor's name and how many of them.
inline std::string machine() {
  std::ifstream in("/proc/cpuinfo");
  std::string line, name = "unknown";
  int count = 0;
  while (std::getline(in, line)) {
    if (line.starts_with("processor")) ++count;
    if (line.starts_with("model name")) name = line.substr(line.find(':') + 2);
  }
  return name + " x" + std::to_string(count);
}

// To a file, to standard output for "-", nowhere for "". False: the file cannot be written (said on
// stderr).
inline bool write_records(const std::string& where, const nlohmann::json& records) {
  if (where.empty()) return true;
  if (where == "-") {
    std::printf("%s\n", records.dump(2).c_str());
    return true;
  }
  std::ofstream out(where);
  out << records.dump(2) << '\n';
  if (out.good()) return true;
  std::fprintf(stderr, "cannot write %s\n", where.c_str());
  return false;
}

}  // namespace sluice::perf
