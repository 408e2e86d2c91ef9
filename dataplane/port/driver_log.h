// What EAL and the drivers say while something is set up: the operator sees its last line, and only
// on failure.
#pragma once

#include <cstdio>
#include <string>

namespace sluice::dataplane {

// Catches the log while it lives, and then lets it go where it went before. One at a time.
class DriverLog {
 public:
  DriverLog();
  ~DriverLog();
  DriverLog(const DriverLog&) = delete;
  DriverLog& operator=(const DriverLog&) = delete;

  // Empty when nothing was said; otherwise without the line break.
  std::string first_line();

 private:
  char* text_ = nullptr;
  std::size_t length_ = 0;
  FILE* before_;
  FILE* file_;
};

}  // namespace sluice::dataplane
