// A table as aligned columns of plain text.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace sluice::ctl {

class TextTable {
 public:
  // A column whose title begins with '>' is flushed right.
  explicit TextTable(std::vector<std::string> titles);
  // As many cells as titles.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  friend std::ostream& operator<<(std::ostream& out, const TextTable& table);

 private:
  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// "1'234'567".
std::string grouped(uint64_t n);
std::string grouped_signed(int64_t n);
// "850 ms", "12.3 s", "4 min", "3 h", "2 days"; "never" for negative values.
std::string age_text(int64_t ns);
// "1.50 M", three digits and a decimal prefix.
std::string scaled(double value);

}  // namespace sluice::ctl
