// Whatever the file holds: a configuration that keeps its limits, or an error that names the file
// in each line.
#include <algorithm>
#include <sstream>
#include <string>

#include "common/base/assert.h"
#include "common/config/config.h"
#include "common/config/faults.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = config::load_text(text, "f.yaml");
  if (config.ok()) {
    SLUICE_ASSERT(shm::validate_capacities(config->capacities).ok());
    SLUICE_ASSERT(!config->dataplane.ports.empty() && !config->control.listeners.empty());
    SLUICE_ASSERT(!config->dataplane.cores.empty());
    return 0;
  }
  std::istringstream lines(config.error().message);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    SLUICE_ASSERT(line.starts_with("f.yaml:"));
  SLUICE_ASSERT(count > 0 && count <= config::faults_reported_max + 1);
  return 0;
}
