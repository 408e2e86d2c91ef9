// What sluicectl tells its caller.
#pragma once

namespace sluice::ctl {

enum class ExitCode : int {
  ok = 0,
  // Something is not as it should be: a dead daemon, an identity, a table, a configuration, the
  // machine.
  finding = 1,
  usage = 2,        // the command line, or the configuration it names
  unreachable = 3,  // no region, or no answer from the control plane
};

}  // namespace sluice::ctl
