#include "tools/sluicectl/terminal_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

namespace sluice::ctl {

namespace {

// ECMA-48 and xterm's private modes: the alternate screen (1049) and the cursor (25).
constexpr const char* enter = "\x1b[?1049h\x1b[?25l";
constexpr const char* leave = "\x1b[?25h\x1b[?1049l";
constexpr const char* home = "\x1b[H";
constexpr const char* clear_to_end_of_line = "\x1b[K";
constexpr const char* clear_below = "\x1b[J";

}  // namespace

TerminalScreen::TerminalScreen(std::ostream& out, bool live)
    : out_(out), terminal_(live && &out == &std::cout && ::isatty(STDOUT_FILENO) == 1) {
  if (terminal_) out_ << enter << std::flush;
}

TerminalScreen::~TerminalScreen() {
  if (terminal_) out_ << leave << std::flush;
}

void TerminalScreen::show(const std::string& text) {
  if (!terminal_) {
    out_ << text << std::flush;
    return;
  }
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  std::istringstream lines(text);
  std::string line;
  out_ << home;
  for (unsigned row = 1; std::getline(lines, line) && (!known || row <= size.ws_row); ++row) {
    if (row > 1) out_ << "\r\n";
    out_ << (known ? line.substr(0, size.ws_col) : line) << clear_to_end_of_line;
  }
  out_ << clear_below << std::flush;
}

}  // namespace sluice::ctl
