// Is the time of day what others think it is?
#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

void check_clock(const Machine& machine, bool synchronized, std::vector<Finding>& all) {
  Findings findings(all, "clock");
  // systemd-timesyncd leaves a file; every other service sets the kernel's own mark.
  if (synchronized || machine.exists("/run/systemd/timesync/synchronized")) {
    findings.ok("the time of day is synchronised");
  } else {
    findings.advice(
        "nobody synchronises the time of day: tokens and TURN credentials end by it, sender "
        "reports tell it",
        "timedatectl set-ntp true, or install chrony");
  }
}

}  // namespace sluice::ctl
