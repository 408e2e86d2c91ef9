// What EAL and drivers log while something is set up: shown on failure only.
#pragma once

#include <rte_log.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sluice::loadgen {

// Catches the log while it lives. One at a time.
class DriverWords {
 public:
  DriverWords() : file_(open_memstream(&text_, &length_)) { rte_openlog_stream(file_); }
  ~DriverWords() {
    rte_openlog_stream(nullptr);
    std::fclose(file_);
    std::free(text_);
  }
  DriverWords(const DriverWords&) = delete;
  DriverWords& operator=(const DriverWords&) = delete;

  // Errors are logged from the inside out: the first line names the cause. Empty: nothing was said.
  std::string first_line() {
    std::fflush(file_);
    const std::string all(text_, length_);
    return all.substr(0, all.find('\n'));
  }

 private:
  char* text_ = nullptr;
  std::size_t length_ = 0;
  FILE* file_;
};

}  // namespace sluice::loadgen
