#include "tools/sluicectl/doctor/machine.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sluice::ctl {

namespace {

// "key:<white space>value" of /proc/self/status.
std::string value_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ":")) return line.substr(key.size() + 1);
  }
  return {};
}

bool lies_below(const std::string& path, const std::string& directory) {
  return directory == "/" || path == directory || path.starts_with(directory + "/");
}

}  // namespace

bool Machine::exists(const std::string& absolute) const {
  std::error_code none;
  return std::filesystem::exists(path(absolute), none);
}

std::optional<std::string> Machine::text(const std::string& absolute) const {
  std::ifstream file(path(absolute));
  if (!file) return {};
  std::ostringstream all;
  all << file.rdbuf();
  std::string text = all.str();
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

std::optional<uint64_t> Machine::number(const std::string& absolute) const {
  const auto found = text(absolute);
  if (!found || found->empty()) return {};
  char* end = nullptr;
  const uint64_t value = std::strtoull(found->c_str(), &end, 10);
  if (*end != '\0') return {};
  return value;
}

std::string Machine::link_name(const std::string& absolute) const {
  std::error_code failure;
  const auto target = std::filesystem::read_symlink(path(absolute), failure);
  return failure ? std::string() : target.filename().string();
}

std::vector<std::string> Machine::names_in(const std::string& absolute) const {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(path(absolute), none)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<unsigned> Machine::mode(const std::string& absolute) const {
  struct stat about {};
  if (::stat(path(absolute).c_str(), &about) != 0) return {};
  return about.st_mode & 07777U;
}

std::string Machine::file_system(const std::string& absolute) const {
  std::istringstream mounts(text("/proc/mounts").value_or(""));
  std::string best, type;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, where, kind;
    words >> device >> where >> kind;
    // Of two mounts on one place the later hides the earlier.
    if (lies_below(absolute, where) && where.size() >= best.size()) best = where, type = kind;
  }
  return type;
}

std::set<uint32_t> Machine::number_list(const std::string& absolute) const {
  std::set<uint32_t> numbers;
  std::istringstream ranges(text(absolute).value_or(""));
  for (std::string range; std::getline(ranges, range, ',');) {
    char* end = nullptr;
    const uint64_t first = std::strtoull(range.c_str(), &end, 10);
    if (end == range.c_str()) continue;  // "(null)" is an empty list
    const uint64_t last = *end == '-' ? std::strtoull(end + 1, nullptr, 10) : first;
    constexpr uint64_t no_core_beyond = 65'536;
    for (uint64_t n = first; n <= last && n < no_core_beyond; ++n) {
      numbers.insert(static_cast<uint32_t>(n));
    }
  }
  return numbers;
}

bool Machine::capable(unsigned capability) const {
  const std::string mask = value_of(text("/proc/self/status").value_or(""), "CapEff");
  return (std::strtoull(mask.c_str(), nullptr, 16) >> capability & 1) != 0;
}

}  // namespace sluice::ctl
