#include "controlplane/admin/list_rooms.h"

#include <admin.pb.h>

#include "controlplane/conference/conference.h"

namespace sluice::admin {

schema::AdminResponse list_rooms(const conference::Conference& conference, const RegionId& of) {
  schema::AdminResponse response;
  schema::RoomList& list = *response.mutable_rooms();
  for (const auto& [id, room] : conference.rooms()) {
    schema::RoomList::Room& out = *list.add_rooms();
    out.set_meeting_id(id);
    out.set_created_unix_ms(room->meeting().created_unix_ms);
    for (const auto& [participant_id, p] : room->participants()) {
      schema::RoomList::Participant& person = *out.add_participants();
      person.set_id(participant_id);
      person.set_name(p.identity.name);
      person.set_state(
          p.hidden
              ? "hidden"
              : std::string(signaling::presence_names[static_cast<std::size_t>(p.presence())]));
      for (const conference::TransportState* transport : {&p.publish, &p.receive}) {
        if (!transport->is_open()) continue;
        if (const uint64_t in_region = of(transport->endpoint_id)) out.add_endpoint_ids(in_region);
      }
    }
  }
  return response;
}

}  // namespace sluice::admin
