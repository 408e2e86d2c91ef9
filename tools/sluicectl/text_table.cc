#include "tools/sluicectl/text_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

#include "common/base/assert.h"
#include "common/base/time.h"

namespace sluice::ctl {

TextTable::TextTable(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (std::string& t : titles_) {
    right_.push_back(t.starts_with('>'));
    if (right_.back()) t.erase(0, 1);
  }
}

void TextTable::add(std::vector<std::string> cells) {
  SLUICE_ASSERT(cells.size() == titles_.size());
  rows_.push_back(std::move(cells));
}

std::ostream& operator<<(std::ostream& out, const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.titles_.size(); ++i) {
    std::size_t width = table.titles_[i].size();
    for (const auto& row : table.rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - cells[i].size(), ' ');
      line += (i > 0 ? "  " : "") + (table.right_[i] ? space + cells[i] : cells[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print(table.titles_);
  for (const auto& row : table.rows_) print(row);
  return out;
}

std::string grouped(uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, "'");
  return text;
}

std::string grouped_signed(int64_t n) {
  return n < 0 ? '-' + grouped(uint64_t{0} - static_cast<uint64_t>(n))
               : grouped(static_cast<uint64_t>(n));
}

std::string age_text(int64_t ns) {
  if (ns < 0) return "never";
  char text[32];
  const double s = static_cast<double>(ns) / static_cast<double>(ns_per_s);
  if (s < 1) {
    std::snprintf(text, sizeof text, "%.0f ms", s * 1'000);
  } else if (s < 120) {
    std::snprintf(text, sizeof text, "%.1f s", s);
  } else if (s < 7'200) {
    std::snprintf(text, sizeof text, "%.0f min", s / 60);
  } else if (s < 172'800) {
    std::snprintf(text, sizeof text, "%.0f h", s / 3'600);
  } else {
    std::snprintf(text, sizeof text, "%.0f days", s / 86'400);
  }
  return text;
}

std::string scaled(double value) {
  constexpr std::array<const char*, 5> prefixes = {"", "k", "M", "G", "T"};
  std::size_t i = 0;
  while (value >= 1'000 && i + 1 < prefixes.size()) {
    value /= 1'000;
    ++i;
  }
  char text[32];
  std::snprintf(text, sizeof text,
                value < 10    ? "%.2f %s"
                : value < 100 ? "%.1f %s"
                              : "%.0f %s",
                value, prefixes[i]);
  return text;
}

}  // namespace sluice::ctl
