#include "controlplane/agent/stream_pool.h"

#include <algorithm>

namespace sluice::agent {

std::size_t StreamPool::next_growth(std::size_t pairs) {
  for (const std::size_t step : pool_steps) {
    if (step > pairs) return step - pairs;
  }
  return 0;
}

PoolPair& StreamPool::add() {
  PoolPair& pair = pairs_.emplace_back();
  const std::size_t line = 2 * (pairs_.size() - 1);
  pair.audio.kind = MediaKind::audio;
  pair.audio.mid = std::to_string(line);
  pair.video.kind = MediaKind::video;
  pair.video.mid = std::to_string(line + 1);
  return pair;
}

bool StreamPool::is_free(std::size_t pair, MediaKind kind) const {
  const PoolStream& s = kind == MediaKind::audio ? pairs_[pair].audio : pairs_[pair].video;
  return s.subscription_id.empty() && !s.refused;
}

std::optional<StreamKey> StreamPool::find(MediaKind kind, std::string_view pair_id) const {
  std::optional<StreamKey> nobodys;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (!is_free(i, kind)) continue;
    if (!pair_id.empty() && pairs_[i].pair_id == pair_id) return StreamKey{i, kind};
    const bool unused =
        pairs_[i].audio.subscription_id.empty() && pairs_[i].video.subscription_id.empty();
    if (!nobodys && unused) nobodys = StreamKey{i, kind};
  }
  return nobodys;
}

std::optional<StreamKey> StreamPool::find(shm::SlotRef ref) const {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].audio.ref == ref) return StreamKey{i, MediaKind::audio};
    if (pairs_[i].video.ref == ref) return StreamKey{i, MediaKind::video};
  }
  return {};
}

std::optional<StreamKey> StreamPool::find_any(MediaKind kind) const {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (is_free(i, kind)) return StreamKey{i, kind};
  }
  return {};
}

void StreamPool::take(StreamKey key, const std::string& subscription_id,
                      const std::string& pair_id) {
  at(key).subscription_id = subscription_id;
  PoolPair& pair = pairs_[key.pair];
  if (pair.pair_id.empty()) pair.pair_id = pair_id;
}

void StreamPool::release(StreamKey key) {
  at(key).subscription_id.clear();
  PoolPair& pair = pairs_[key.pair];
  if (pair.audio.subscription_id.empty() && pair.video.subscription_id.empty()) {
    pair.pair_id.clear();
  }
}

}  // namespace sluice::agent
