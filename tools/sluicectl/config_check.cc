// sluicectl config check: reads a file as the daemons would.
#include <ostream>
#include <sstream>

#include "common/config/config.h"
#include "tools/sluicectl/json.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

ExitCode check_config(const Options& options, const std::string& file, Output output) {
  const auto config = config::load_file(file);
  if (!config.ok()) {
    if (options.json) {
      print_json(output.out,
                 {{"file", file}, {"ok", false}, {"faults", lines_of(config.error().message)}});
    } else {
      output.out << config.error().message << '\n';
    }
    return ExitCode::finding;
  }
  const shm::Layout layout = shm::layout_of(config->capacities);
  if (options.json) {
    print_json(output.out, {{"file", file},
                            {"ok", true},
                            {"faults", Json::array()},
                            {"instance", config->instance},
                            {"region", config->region_directory},
                            {"region_bytes", layout.tables_size + layout.keys_size},
                            {"workers", config->capacities.workers},
                            {"ports", config->dataplane.ports.size()}});
  } else {
    output.out << file << ": ok: instance " << config->instance << ", "
               << config->capacities.workers << " workers, " << config->dataplane.ports.size()
               << " ports, region " << config->region_directory << " of "
               << scaled(static_cast<double>(layout.tables_size + layout.keys_size)) << "B\n";
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
