// Who the process is: nobody special, for good.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/result.h"

namespace sluice {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary; one of them may be the region's
};

// Errors name the account.
Result<Account> find_account(const std::string& name);

// setgroups, setgid, setuid; then proves that there is no way back.
Status become(const Account& account);

// No new privileges through exec, no core dump and no ptrace by others of the same user: the keys'
// file is mapped here.
Status harden();

// As many descriptors as the system allows: one per participant.
void raise_descriptor_limit();

}  // namespace sluice
