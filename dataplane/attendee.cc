#include "dataplane/attendee.h"

#include "common/shm/attendee.h"
#include "dataplane/core.h"

namespace sluice::dataplane {
namespace {

using shm::attendee_streams;

static_assert(sizeof(EndpointContext) == 128);
static_assert(sizeof(StreamContext) == 40);
static_assert(sizeof(SubscriptionContext) == 12);

constexpr std::size_t divided(std::size_t bytes, std::size_t by) {
  return (bytes + by - 1) / by;
}

}  // namespace

AttendeeCost attendee_cost(std::size_t key_size) {
  constexpr std::size_t many = 1'000'000;  // so that what is rounded once does not count
  using Index = NumberIndex<UfragHash>;
  constexpr std::size_t flows = FlowTable::entries_for(many);
  AttendeeCost c;
  c.tables = shm::attendee_tables_bytes;
  c.keys_file = shm::attendee_keys_bytes;
  c.send_key = key_size;
  c.receivers = divided(attendee_streams * sizeof(ReceiverChunk), ReceiverChunk::capacity);
  c.contexts = sizeof(EndpointContext) + sizeof(uint16_t) +  // its transport-wide number
               attendee_streams * (sizeof(StreamContext) + sizeof(SubscriptionContext)) +
               flows * sizeof(FlowEntry) / many;
  const std::size_t cells = Index::cells_for(flows) + Index::cells_for(2 * many) +
                            Index::cells_for(attendee_streams * many);
  c.indexes = cells * sizeof(uint32_t) / many;
  c.other_worker = c.indexes;
  return c;
}

std::string describe(const AttendeeCost& c) {
  const struct {
    const char* name;
    std::size_t bytes;
  } parts[] = {{"tables", c.tables},       {"keys file", c.keys_file}, {"expanded key", c.send_key},
               {"receivers", c.receivers}, {"contexts", c.contexts},   {"indexes", c.indexes}};
  std::string text = "an attendee costs " + std::to_string(c.sum()) + " bytes:";
  for (const auto& part : parts) {
    text += std::string(" ") + part.name + " " + std::to_string(part.bytes) +
            (part.name == parts[5].name ? "" : ",");
  }
  return text + "; " + std::to_string(c.other_worker) + " more in each further worker";
}

}  // namespace sluice::dataplane
