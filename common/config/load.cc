// The file as a whole: reading it, YAML itself, and what stands above the sections.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/config/documents.h"
#include "common/config/sections.h"

namespace sluice::config {

namespace {

constexpr std::size_t file_size_max = 1'048'576;
constexpr std::size_t instance_length_max = 32;

Config defaults() {
  Config c;
  Listener local;
  local.address = {.bytes = {127, 0, 0, 1}, .family = 4};
  local.port = 8'080;
  c.control.listeners = {local};
  c.control.srtp_profiles = {srtp::Profile::aead_aes_256_gcm, srtp::Profile::aead_aes_128_gcm,
                             srtp::Profile::aes128_cm_sha1_80};
  c.control.codecs = {"opus", "VP8", "VP9", "H264", "AV1"};
  return c;
}

// Defaults that are made of the instance's name.
void name_paths(Config& c) {
  if (c.region_directory.empty()) c.region_directory = "/dev/shm/sluice-" + c.instance;
  if (c.control.state_directory.empty())
    c.control.state_directory = "/var/lib/sluice-" + c.instance;
  if (c.control.admin_socket.empty()) {
    c.control.admin_socket = "/run/sluice-" + c.instance + "/admin.sock";
  }
  if (c.control.journal.empty())
    c.control.journal = "/run/sluice-" + c.instance + "/control.journal";
}

void read_instance(SectionReader& root, std::string& out) {
  const auto value = root.find("instance");
  if (!value) return;
  const auto text = value->text();
  if (!text) return;
  const bool fits =
      !text->empty() && text->size() <= instance_length_max &&
      std::all_of(text->begin(), text->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (fits) {
    out = *text;
  } else {
    value->fault(quote(*text) + " names files and does not fit; 1 to 32 of a-z, 0-9, - and _");
  }
}

Config read_root(const YAML::Node& document, Faults& faults) {
  Config config = defaults();
  SectionReader root(Value(document, {}, faults));
  read_instance(root, config.instance);
  SectionReader region = root.section("region");
  region.absolute_path("directory", config.region_directory);
  region.finish();
  read_capacities(root.section("capacities"), config.capacities);
  read_dataplane(root.section("dataplane"), config.dataplane);
  read_control(root.section("control"), config.control);
  read_ice_tcp(root.section("ice_tcp"), config.dataplane.cores.size(), config.ice_tcp);
  root.finish();
  config.capacities.workers = static_cast<uint32_t>(config.dataplane.cores.size());
  name_paths(config);
  return config;
}

Result<std::string> read_all(int fd) {
  std::string text;
  char chunk[16'384];
  for (;;) {
    const ssize_t n = ::read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error{std::strerror(errno)};
    if (n == 0) return text;
    text.append(chunk, static_cast<std::size_t>(n));
    if (text.size() > file_size_max) return Error{"larger than 1 MiB"};
  }
}

}  // namespace

Result<Config> load_text(const std::string& text, const std::string& name_for_errors) {
  Faults faults(name_for_errors);
  Config config;
  try {
    if (const auto second = second_document(text)) {
      faults.add(*second, {},
                 "a second document begins; one file holds one configuration, remove the \"---\" "
                 "or \",\"");
      return Error{faults.report()};
    }
    config = read_root(YAML::Load(text), faults);
  } catch (const YAML::Exception& e) {
    faults.add(e.mark.is_null() ? Place{} : Place{e.mark.line + 1, e.mark.column + 1}, {},
               "is no YAML: " + quote(e.msg) + "; look at this line and the one above");
  }
  if (!faults.empty()) return Error{faults.report()};
  return config;
}

Result<Config> load_file(const std::string& path) {
  const std::string remedy = "; name a YAML file like conf/sluice.yaml";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{path + ": cannot be opened: " + std::strerror(errno) + remedy};
  const auto text = read_all(fd);
  ::close(fd);
  if (!text.ok()) return Error{path + ": cannot be read: " + text.error().message + remedy};
  return load_text(*text, path);
}

}  // namespace sluice::config
