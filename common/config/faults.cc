#include "common/config/faults.h"

#include <algorithm>

namespace sluice::config {

namespace {
constexpr std::size_t quoted_length_max = 60;
}

void Faults::add(Place place, std::string_view path, std::string_view what) {
  faults_.push_back({place, std::string(path), std::string(what)});
}

std::string Faults::report() const {
  std::vector<Fault> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
    return a.place.line != b.place.line ? a.place.line < b.place.line
                                        : a.place.column < b.place.column;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), faults_reported_max); ++i) {
    const Fault& f = sorted[i];
    if (i > 0) text += '\n';
    text += file_ + ':';
    if (f.place.line > 0) {
      text += std::to_string(f.place.line) + ':' + std::to_string(f.place.column) + ':';
    }
    text += ' ';
    if (!f.path.empty()) text += f.path + ": ";
    text += f.what;
  }
  if (sorted.size() > faults_reported_max) {
    text += '\n' + file_ + ": and " + std::to_string(sorted.size() - faults_reported_max) + " more";
  }
  return text;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, quoted_length_max)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  if (text.size() > quoted_length_max) out += "...";
  return out + '"';
}

}  // namespace sluice::config
