#include "controlplane/conference/memory_store.h"

#include <utility>

namespace sluice::conference {

void MemoryStore::create(Meeting meeting, Done done) {
  if (meetings_.size() >= meetings_max_) {
    return done(Error{"no room for another meeting: control.meetings_max is " +
                      std::to_string(meetings_max_)});
  }
  const std::string id = meeting.id;
  const bool inserted = meetings_.emplace(id, std::move(meeting)).second;
  done(inserted ? Status() : Status(Error{"the meeting exists"}));
}

void MemoryStore::find(const std::string& id, Found found) {
  const auto at = meetings_.find(id);
  if (at == meetings_.end()) return found(std::optional<Meeting>());
  found(std::optional<Meeting>(at->second));
}

void MemoryStore::void_participant(const std::string& id, const std::string& participant,
                                   Done done) {
  const auto at = meetings_.find(id);
  if (at == meetings_.end()) return done(Error{"no such meeting"});
  at->second.voided.insert(participant);
  done({});
}

void MemoryStore::remove(const std::string& id, Done done) {
  meetings_.erase(id);
  done({});
}

}  // namespace sluice::conference
