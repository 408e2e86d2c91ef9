#include "perf/possible_audience.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "perf/median.h"

namespace sluice::perf {
namespace {

// By picture of one key interval: is it a key frame, and cipher time for one attendee.
struct Work {
  bool key;
  double ms;
};

std::vector<Work> work_of(const VideoShape& shape, const CipherMix& cipher) {
  const auto interval = std::lround(shape.key_interval_s * shape.pictures_per_s);
  std::vector<Work> work;
  for (uint32_t i = 0; i < interval; ++i) {
    const Picture p = picture_of(shape, i);
    double ns = 0;
    for (const double share : shape.spatial) {
      const Split s = split_of(p.bytes * share);
      ns += static_cast<double>(s.packets) * cipher.packet_ns(s.size);
    }
    work.push_back({p.key, ns / ns_per_ms});
  }
  return work;
}

bool within(const std::vector<Work>& work, double period_ms, double audio_load, double attendees,
            const Limits& limits) {
  const double left = 1 - attendees * audio_load;  // of the core, for video
  if (left <= 0) return false;
  double total = 0, backlog = 0, key = 0;
  std::vector<double> delta;
  for (int round = 0; round < 2; ++round) {  // the second begins with what the first left
    delta.clear();
    for (const Work& w : work) {
      backlog += attendees * w.ms / left;
      total += attendees * w.ms;
      if (w.key) {
        key = std::max(key, backlog);
      } else {
        delta.push_back(backlog);
      }
      backlog = std::max(0.0, backlog - period_ms);
    }
  }
  const double load =
      total / (2 * static_cast<double>(work.size()) * period_ms) + attendees * audio_load;
  return load <= limits.load && key <= limits.key_ms &&
         percentile(std::move(delta), 0.99) <= limits.delta_ms;
}

}  // namespace

double cipher_us(const VideoShape& shape, const CipherMix& cipher) {
  const std::vector<Work> work = work_of(shape, cipher);
  double ms = 0;
  for (const Work& w : work) ms += w.ms;
  const double audio = cipher.packet_ns(audio_payload) * ns_per_s / audio_interval_ns;
  return ms * 1e3 / static_cast<double>(work.size()) * shape.pictures_per_s + audio / ns_per_us;
}

double possible_audience(const VideoShape& shape, const CipherMix& cipher, const Limits& limits) {
  const std::vector<Work> work = work_of(shape, cipher);
  const double period_ms = 1e3 / shape.pictures_per_s;
  const double audio_load = cipher.packet_ns(audio_payload) / audio_interval_ns;
  double low = 0, high = 1e7;
  while (high - low > 1) {
    const double middle = (low + high) / 2;
    (within(work, period_ms, audio_load, middle, limits) ? low : high) = middle;
  }
  return low;
}

}  // namespace sluice::perf
