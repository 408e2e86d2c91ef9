// Meetings of one process, gone with it.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "controlplane/conference/meeting_store.h"

namespace sluice::conference {

class MemoryStore final : public MeetingStore {
 public:
  explicit MemoryStore(std::size_t meetings_max) : meetings_max_(meetings_max) {}

  void create(Meeting meeting, Done done) override;
  void find(const std::string& id, Found found) override;
  void void_participant(const std::string& id, const std::string& participant, Done done) override;
  void remove(const std::string& id, Done done) override;

 private:
  std::size_t meetings_max_;
  std::map<std::string, Meeting> meetings_;
};

}  // namespace sluice::conference
