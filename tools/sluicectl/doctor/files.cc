// Region, state, sockets, keys and certificates: there, and closed to others.
#include <algorithm>
#include <cstdio>

#include "tools/sluicectl/doctor/checks.h"

namespace sluice::ctl {

namespace {

constexpr unsigned group_bits = 070, other_bits = 07;

std::string octal(unsigned mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", mode);
  return text;
}

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path();
}

// A file or directory that exists is closed to others. Says whether it is as it should be.
bool check_closed(const Machine& machine, const std::string& path, unsigned closed_bits,
                  Findings& findings) {
  const unsigned mode = machine.mode(path).value_or(0);
  if ((mode & closed_bits) == 0) return true;
  findings.wrong(path + " has mode " + octal(mode) + ": others may use it",
                 std::string("chmod ") + (closed_bits == other_bits ? "o" : "go") + "-rwx " + path);
  return false;
}

void check_region(const Machine& machine, const config::Config& config, Findings& findings) {
  const std::string& path = config.region_directory;
  const std::string parent = parent_of(path);
  if (!machine.exists(parent)) {
    findings.wrong(parent + " is missing, so the data plane cannot make " + path,
                   "mkdir " + parent + ", or another region.directory");
    return;
  }
  const std::string type = machine.file_system(path);
  if (type != "tmpfs" && type != "hugetlbfs") {
    findings.wrong(path + " lies on " + (type.empty() ? "an unknown file system" : type) +
                       ": keys would be written to a disk",
                   "name a directory on tmpfs, like /dev/shm/sluice-" + config.instance);
    return;
  }
  if (!machine.exists(path)) {
    const shm::Layout layout = shm::layout_of(config.capacities);
    const uint64_t need = layout.tables_size + layout.keys_size;
    std::error_code failure;
    const auto space = std::filesystem::space(machine.path(parent), failure);
    if (!failure && space.available < need) {
      findings.wrong(parent + " has " + std::to_string(space.available >> 20) +
                         " MiB, the region takes " + std::to_string(need >> 20),
                     "mount -o remount,size=... " + parent + ", or smaller capacities");
    } else {
      findings.ok(path + " will be made on " + type);
    }
    return;
  }
  if (check_closed(machine, path, other_bits, findings) &&
      check_closed(machine, path + "/keys", other_bits, findings)) {
    findings.ok(path + " lies on " + type + ", closed to others");
  }
}

void check_state(const Machine& machine, const config::Config& config, Findings& findings) {
  const std::string& path = config.control.state_directory;
  if (!machine.exists(path)) {
    if (machine.exists(parent_of(path))) {
      findings.ok(path + " will be made");
    } else {
      findings.wrong(parent_of(path) + " is missing, so the control plane cannot make " + path,
                     "mkdir -p " + parent_of(path));
    }
    return;
  }
  if (check_closed(machine, path, other_bits, findings) &&
      check_closed(machine, path + "/token.key", group_bits | other_bits, findings)) {
    findings.ok(path + " is closed to others");
  }
}

void check_socket(const Machine& machine, const config::Config& config, Findings& findings) {
  const std::string& path = config.control.admin_socket;
  const std::string directory = parent_of(path);
  if (machine.exists(path)) {
    std::error_code failure;
    if (!std::filesystem::is_socket(machine.path(path), failure)) {
      findings.wrong(path + " is no socket, so the control plane does not start", "rm " + path);
    } else if (check_closed(machine, path, other_bits, findings)) {
      findings.ok(path + " is there, closed to others");
    }
    return;
  }
  const std::string made = parent_of(config.control.journal);
  const auto will_exist = [&](const std::string& d) {
    return machine.exists(d) || d == made || d == config.control.state_directory;
  };
  if (will_exist(directory)) {
    findings.ok(path + " will be made");
  } else {
    findings.wrong(directory + " is missing, so the control plane cannot make " + path,
                   "mkdir " + directory + " and give it to the control plane's user");
  }
}

void check_secret(const Machine& machine, const std::string& path, const char* key,
                  Findings& findings) {
  if (!machine.exists(path)) {
    findings.wrong(path + " is missing", std::string("make it, or change ") + key);
  } else if (check_closed(machine, path, other_bits, findings)) {
    findings.ok(path + " is there, closed to others");
  }
}

void check_secrets(const Machine& machine, const config::Control& control,
                   std::vector<Finding>& all) {
  Findings keys(all, "API keys");
  if (control.api_key_files.empty()) {
    keys.advice("there is none, so nobody can create a meeting",
                "openssl rand -hex 24 into a file, and its path into control.api_key_files");
  }
  for (const std::string& path : control.api_key_files) {
    check_secret(machine, path, "control.api_key_files", keys);
  }
  Findings tls(all, "TLS");
  for (const config::Listener& listener : control.listeners) {
    if (listener.certificate_file.empty()) continue;
    if (!machine.exists(listener.certificate_file)) {
      tls.wrong(listener.certificate_file + " is missing", "make it, or change control.listen");
    }
    check_secret(machine, listener.private_key_file, "control.listen", tls);
  }
  Findings turn(all, "TURN");
  if (!control.turn.urls.empty()) {
    check_secret(machine, control.turn.secret_file, "control.turn.secret_file", turn);
  }
}

}  // namespace

void check_files(const Machine& machine, const config::Config& config, std::vector<Finding>& all) {
  Findings region(all, "region");
  check_region(machine, config, region);
  Findings state(all, "state");
  check_state(machine, config, state);
  Findings socket(all, "admin socket");
  check_socket(machine, config, socket);
  Findings web(all, "web client");
  const std::string& web_root = config.control.web_root;
  if (machine.exists(web_root + "/index.html")) {
    web.ok(web_root + " holds the web client");
  } else {
    web.wrong(web_root + " holds no index.html",
              "install the web client, or change control.web_root");
  }
  check_secrets(machine, config.control, all);
}

}  // namespace sluice::ctl
