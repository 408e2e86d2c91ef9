#include "tests/unit/tools/instance.h"

namespace sluice::ctl {

shm::SlotRef Instance::publish_endpoint(uint64_t id, uint8_t home_worker) {
  const auto ref = publisher.publish(shm::endpoint_record(id, home_worker), shm::endpoint_keys(id));
  if (!ref.ok()) {
    ADD_FAILURE() << ref.error().message;
    return {};
  }
  return *ref;
}

}  // namespace sluice::ctl
