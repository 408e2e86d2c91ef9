// What sluice-loadgen tells its caller.
#pragma once

namespace sluice::loadgen {

enum class ExitCode : int {
  ok = 0,           // everything asked for happened
  finding = 1,      // somebody did not join, a stream is missing, packets were bad or lost
  usage = 2,        // the command line
  no_port = 3,      // DPDK or the device cannot start
  no_meeting = 4,   // the server gave no meeting
  interrupted = 5,  // ended by a signal before its time; the report is about what was
};

}  // namespace sluice::loadgen
