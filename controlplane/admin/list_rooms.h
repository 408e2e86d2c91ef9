// The rooms as an operator sees them.
#pragma once

namespace sluice::conference {
class Conference;
}
namespace sluice::schema {
class AdminResponse;
}

namespace sluice::admin {

schema::AdminResponse list_rooms(const conference::Conference& conference);

}  // namespace sluice::admin
