// What sluicectl tells its caller.
#pragma once

namespace sluice::ctl {

enum class ExitCode : int {
  ok = 0,
  finding =
      1,  // something is not as it should be: a dead daemon, an identity, a table, a configuration
  usage = 2,        // the command line, or the configuration it names
  unreachable = 3,  // no region, or no answer from the control plane
};

}  // namespace sluice::ctl
