// A screen that is drawn over and over, on a terminal that gets back what it showed before. Where
// the output is no terminal, screens follow each other as plain text.
#pragma once

#include <iosfwd>
#include <string>

#include "tools/sluicectl/end_signals.h"

namespace sluice::ctl {

class TerminalScreen {
 public:
  // From here SIGINT and SIGTERM end wait() instead of the process.
  // live: false writes plain text to a terminal too.
  TerminalScreen(std::ostream& out, bool live);
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  // Lines and columns that do not fit on a terminal are left out.
  void show(const std::string& text);
  // False: the person wants an end.
  bool wait(double seconds) { return ends_.wait(seconds); }

 private:
  std::ostream& out_;
  bool terminal_;
  EndSignals ends_;
};

}  // namespace sluice::ctl
