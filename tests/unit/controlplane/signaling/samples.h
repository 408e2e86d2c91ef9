// One message of every type, both ways: for the schema, and as seeds for the fuzzer.
#pragma once

#include <string>
#include <vector>

#include "controlplane/signaling/server_message.h"

namespace sluice::signaling {

std::vector<std::string> client_samples();
std::vector<ServerMessage> server_samples();

}  // namespace sluice::signaling
