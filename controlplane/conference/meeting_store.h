// Where meetings are kept. One small interface, shaped for a database behind it: answers come
// through callbacks, perhaps later, always on the caller's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace sluice::conference {

struct Meeting {
  std::string id;
  std::string name;
  std::vector<std::string> codecs;  // encoding names, preferred first, audio included
  int64_t created_unix_ms = 0;
  // Participants whose tokens are void. A renewed token names the same participant, so all of them
  // are.
  std::set<std::string> voided;
};

class MeetingStore {
 public:
  using Done = std::function<void(Status)>;
  using Found = std::function<void(Result<std::optional<Meeting>>)>;

  virtual ~MeetingStore() = default;

  // Errors: no room for another, or it exists.
  virtual void create(Meeting meeting, Done done) = 0;
  // Nothing when there is no such meeting; an error when the store cannot be asked.
  virtual void find(const std::string& id, Found found) = 0;
  virtual void void_participant(const std::string& id, const std::string& participant,
                                Done done) = 0;
  // Idempotent.
  virtual void remove(const std::string& id, Done done) = 0;
};

}  // namespace sluice::conference
