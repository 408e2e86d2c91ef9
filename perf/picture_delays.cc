#include "perf/picture_delays.h"

#include <algorithm>

namespace sluice::perf {
namespace {

double ms(TimeNs t) {
  return static_cast<double>(t) / ns_per_ms;
}

}  // namespace

void PictureDelays::on_sent(TimeNs at, uint32_t picture, bool key) {
  packets_[next_++ % window] = {.arrived = at, .picture = picture, .key = key};
}

void PictureDelays::on_left(uint16_t number, TimeNs at) {
  const auto age = static_cast<uint16_t>(static_cast<uint16_t>(next_ - 1) - number);
  const uint64_t whole = next_ - 1 - age;
  if (whole < before_) return;
  Packet& p = packets_[whole % window];
  if (age >= window || age >= next_ || p.picture == UINT32_MAX || p.left == receivers_) {
    ++strays_;
    return;
  }
  if (keep_each_) each_ms_.push_back(ms(at - p.arrived));
  if (p.left++ == 0) p.first = at;
  p.last = at;
  if (p.left == receivers_) end_picture(p);
}

void PictureDelays::end_picture(const Packet& p) {
  // Packets of a picture end close together, of a few pictures at most between each other.
  const std::size_t recent = numbers_.size() > 16 ? numbers_.size() - 16 : 0;
  std::size_t at = numbers_.size();
  while (at > recent && numbers_[at - 1] != p.picture) --at;
  if (at == recent) {
    numbers_.push_back(p.picture);
    pictures_.push_back({.key = p.key});
    at = numbers_.size();
  }
  PictureDelay& d = pictures_[at - 1];
  d.first_ms = std::max(d.first_ms, ms(p.first - p.arrived));
  d.last_ms = std::max(d.last_ms, ms(p.last - p.arrived));
}

uint64_t PictureDelays::incomplete() const {
  return static_cast<uint64_t>(std::ranges::count_if(
      packets_, [&](const Packet& p) { return p.picture != UINT32_MAX && p.left != receivers_; }));
}

}  // namespace sluice::perf
