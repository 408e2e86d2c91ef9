// What the conference's records in the journal are called, and a meeting as one of them tells it.
#pragma once

#include <journal.pb.h>

#include <string>

#include "controlplane/conference/meeting_store.h"

namespace sluice::conference {

std::string room_key(const std::string& meeting_id);
std::string participant_key(const std::string& meeting_id, const std::string& participant_id);

Meeting meeting_of(const schema::JournaledRoom& from);

}  // namespace sluice::conference
