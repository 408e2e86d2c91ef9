// The rooms as an operator sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sluice::conference {
class Conference;
}
namespace sluice::schema {
class AdminResponse;
}

namespace sluice::admin {

// What the region calls a transport of the conference: EndpointRecord::id; 0 = it is not there.
using RegionId = std::function<uint64_t(const std::string& endpoint_id)>;

schema::AdminResponse list_rooms(const conference::Conference& conference, const RegionId& of);

}  // namespace sluice::admin
