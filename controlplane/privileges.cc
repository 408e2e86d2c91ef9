#include "controlplane/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

namespace sluice {

Result<Account> find_account(const std::string& name) {
  errno = 0;
  const passwd* entry = getpwnam(name.c_str());
  if (entry == nullptr) {
    return Error{"--user " + name + ": no such user; adduser --system --group " + name};
  }
  if (entry->pw_uid == 0) return Error{"--user " + name + ": this is root"};
  Account account{name, entry->pw_uid, entry->pw_gid, {}};
  int count = 64;
  account.groups.resize(static_cast<std::size_t>(count));
  if (getgrouplist(name.c_str(), account.gid, account.groups.data(), &count) < 0) {
    account.groups.resize(static_cast<std::size_t>(count));
    getgrouplist(name.c_str(), account.gid, account.groups.data(), &count);
  }
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

Status become(const Account& account) {
  if (setgroups(account.groups.size(), account.groups.data()) != 0 || setgid(account.gid) != 0 ||
      setuid(account.uid) != 0) {
    return Error{"--user " + account.name + ": " + std::strerror(errno) +
                 "; only root may become somebody else"};
  }
  if (setuid(0) == 0 || geteuid() != account.uid || getegid() != account.gid) {
    return Error{"--user " + account.name + ": privileges could not be given up"};
  }
  return {};
}

Status harden() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Error{std::string("prctl: ") + std::strerror(errno)};
  }
  return {};
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace sluice
