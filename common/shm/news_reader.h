// A worker's end of its news: what to look at again, when to look at everything, and its quiescent
// points.
//
//   each loop:
//     reader.poll(32, on_news);  // bounded
//     if (reader.rescan_due()) { look at every slot; reader.rescanned(); }
//     reader.quiesce();  // where the worker holds no reference of this loop
//
// The order inside is what makes reuse safe: the epoch is read first, then the news that was
// written before that epoch is acted upon, and only then the epoch is reported as seen.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/shm/messages.h"
#include "common/shm/ring.h"
#include "common/shm/status.h"

namespace sluice::shm {

class NewsReader {
 public:
  // A worker that starts has seen nothing: a rescan is due.
  NewsReader(Ring<News> ring, const ControlStatus& control, WorkerStatus& worker)
      : ring_(ring), control_(&control), worker_(&worker), dropped_(ring.dropped()) {}

  // Calls on_news(const News&) for at most `max` records, each a private copy. Returns how many.
  template <class OnNews>
  std::size_t poll(std::size_t max, OnNews&& on_news);

  // Records were lost, or the control plane is another one: every slot of every table must be
  // looked at.
  bool rescan_due() const { return losses_ != made_good_; }
  // Only for a rescan that takes several polls: news lost after its beginning make the next one
  // due.
  void begin_rescan() { rescan_of_ = losses_; }
  // Every slot was looked at since begin_rescan(), or without one since the last poll().
  void rescanned() {
    made_good_ = rescan_of_ != 0 ? rescan_of_ : losses_;
    rescan_of_ = 0;
  }

  // Reports the epoch once everything written before it was acted upon. The worker must hold no
  // reference to a slot that this news retired. Cheap when there is nothing to report.
  void quiesce();

 private:
  Ring<News> ring_;
  const ControlStatus* control_;
  WorkerStatus* worker_;
  uint64_t dropped_;
  uint64_t resets_ = 0;
  uint64_t epoch_ = 0;      // read before mark_; 0 = none under way
  uint64_t mark_ = 0;       // records to be read before epoch_ is seen
  uint64_t losses_ = 1;     // times a rescan became due
  uint64_t rescan_of_ = 0;  // value of losses_ when begin_rescan() was called; 0 = it was not
  uint64_t made_good_ = 0;
};

template <class OnNews>
std::size_t NewsReader::poll(std::size_t max, OnNews&& on_news) {
  if (epoch_ == 0) {
    epoch_ = control_->epoch.load(std::memory_order_acquire);
    mark_ = ring_.written_count();
  }
  std::size_t n = 0;
  for (; n < max; ++n) {
    const News* front = ring_.front();
    if (front == nullptr) break;
    const News news = *front;
    ring_.pop();
    on_news(news);
  }
  const uint64_t dropped = ring_.dropped();
  if (dropped != dropped_ || ring_.resets() != resets_) {
    dropped_ = dropped;
    resets_ = ring_.resets();
    ++losses_;
  }
  return n;
}

inline void NewsReader::quiesce() {
  if (epoch_ == 0 || rescan_due()) return;
  // Modulo 2^64: the distance is negative while records are outstanding.
  if (static_cast<int64_t>(ring_.read_count() - mark_) < 0) return;
  if (worker_->seen_epoch.load(std::memory_order_relaxed) != epoch_) {
    worker_->seen_epoch.store(epoch_, std::memory_order_release);
  }
  epoch_ = 0;
}

}  // namespace sluice::shm
