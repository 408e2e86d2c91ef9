// One request to a running control plane over its Unix socket (common/schema/admin.proto).
#pragma once

#include <string>

#include "admin.pb.h"
#include "common/base/result.h"

namespace sluice::ctl {

inline constexpr uint32_t answer_size_max = 64U << 20;

// Connects, asks, reads the answer, with a time limit on each step. Errors name the socket and the
// remedy.
Result<schema::AdminResponse> ask(const std::string& socket, const schema::AdminRequest& request);

}  // namespace sluice::ctl
