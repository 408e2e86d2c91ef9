// The streams of one receive transport: pairs of one audio and one video stream that share an msid,
// grown in steps and never shrunk. No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/codec.h"
#include "common/shm/slot.h"

namespace sluice::agent {

// A room of 60 fits the third step, so joining and leaving cost a receiver at most three offers;
// the last step is what a browser still takes in one description.
inline constexpr std::size_t pool_steps[] = {4, 16, 64, 128, 256};
inline constexpr std::size_t pool_pairs_max = 256;

// What feeds it names it: an empty subscription id means nothing does.
struct PoolStream {
  MediaKind kind = MediaKind::none;
  uint64_t id = 0;  // StreamRecord::id
  uint32_t ssrc = 0;
  shm::SlotRef ref;
  std::string mid;
  std::string subscription_id;
  bool answered = false;  // the client has the m-line and takes media on it
  bool refused = false;   // the client rejected the m-line
};

struct PoolPair {
  PoolStream audio;
  PoolStream video;
  std::string cname;
  std::string pair_id;  // of what feeds it; empty = nobody's

  PoolStream& stream(MediaKind kind) { return kind == MediaKind::audio ? audio : video; }
};

// Index of a pair and the kind in it.
struct StreamKey {
  std::size_t pair = 0;
  MediaKind kind = MediaKind::none;
};

class StreamPool {
 public:
  // How many pairs to add now: to the next step.
  static std::size_t next_growth(std::size_t pairs);

  PoolPair& add();
  std::size_t size() const { return pairs_.size(); }
  std::vector<PoolPair>& pairs() { return pairs_; }
  const std::vector<PoolPair>& pairs() const { return pairs_; }
  PoolStream& at(StreamKey key) { return pairs_[key.pair].stream(key.kind); }

  // The free stream of the pair that carries `pair_id` already, or of a pair that carries nobody.
  std::optional<StreamKey> find(MediaKind kind, std::string_view pair_id) const;
  // The stream in this slot of the tables.
  std::optional<StreamKey> find(shm::SlotRef ref) const;
  // Any free stream of the kind: lips and voice are then not kept together.
  std::optional<StreamKey> find_any(MediaKind kind) const;
  void take(StreamKey key, const std::string& subscription_id, const std::string& pair_id);
  void release(StreamKey key);

 private:
  bool is_free(std::size_t pair, MediaKind kind) const;

  std::vector<PoolPair> pairs_;
};

}  // namespace sluice::agent
