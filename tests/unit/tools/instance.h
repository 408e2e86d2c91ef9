// A real instance for the commands to look at: a region in a directory of its own, with both planes
// alive in this process until the test lets one die.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "common/shm/publisher.h"
#include "tests/unit/shm/records.h"
#include "tests/unit/shm/region_fixture.h"
#include "tools/sluicectl/commands.h"
#include "tools/sluicectl/region_view.h"

namespace sluice::ctl {

struct Answer {
  ExitCode code;
  std::string out;
  std::string err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
  bool says(const std::string& text) const { return out.find(text) != std::string::npos; }
};

inline Answer sluicectl(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run(std::move(arguments), {out, err});
  return {code, out.str(), err.str()};
}

class Instance {
 public:
  Instance()
      : dataplane(shm::open_region(directory.path(), shm::Access::create)),
        control(shm::open_region(directory.path(), shm::Access::control)),
        publisher(*control, 1) {}

  Answer ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--region", directory.path()});
    return sluicectl(std::move(arguments));
  }
  nlohmann::json ask_json(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    return ask(std::move(arguments)).json();
  }
  void publish(uint32_t worker, const shm::Counters& counters, TimeNs at = monotonic_now()) {
    dataplane->worker(worker).heartbeat_ns.store(at);
    dataplane->worker(worker).snapshot.publish({counters, at});
  }

  shm::SlotRef publish_endpoint(uint64_t id, uint8_t home_worker = 0);

  shm::RegionDirectory directory;
  std::unique_ptr<shm::Region> dataplane;  // reset: it died
  std::unique_ptr<shm::Region> control;
  shm::Publisher publisher;
};

// Counters for which both identities hold.
inline shm::Counters balanced() {
  using enum shm::Counter;
  shm::Counters c;
  c[rx_packets] = 100;
  c[media_in] = 80;
  c[rtcp_in] = 15;
  c[drop_auth_failed] = 5;
  c[visited] = 1'000;
  c[sent_media] = 990;
  c[egress_paused] = 9;
  c[in_flight] = 1;
  return c;
}

}  // namespace sluice::ctl
