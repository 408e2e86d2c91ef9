// sluicectl: looks at an instance through its region, also when its daemons are dead, and asks a
// running control plane.
#include <iostream>

#include "tools/sluicectl/commands.h"

int main(int argc, char** argv) {
  try {
    return static_cast<int>(sluice::ctl::run({argv + 1, argv + argc}, {std::cout, std::cerr}));
  } catch (const std::exception& e) {
    std::cerr << "sluicectl: " << e.what() << '\n';
    return static_cast<int>(sluice::ctl::ExitCode::unreachable);
  }
}
