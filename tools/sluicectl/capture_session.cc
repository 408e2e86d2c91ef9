#include "tools/sluicectl/capture_session.h"

#include <algorithm>
#include <utility>

#include "common/shm/region_files.h"

namespace sluice::ctl {

Result<std::unique_ptr<CaptureSession>> CaptureSession::open(shm::Region& region) {
  const shm::RegionPaths paths(region.directory());
  const uint32_t workers = region.capacities().workers;
  auto file = shm::CaptureFile::open(paths.directory, workers, region.header().region_id);
  if (!file) return file.error();
  auto lock = shm::FileLock::take(paths.capture_lock, "another capture",
                                  "there is one at a time: wait for it, or end it");
  if (!lock) return lock.error();
  return std::unique_ptr<CaptureSession>(
      new CaptureSession(std::move(*lock), std::move(*file), workers));
}

CaptureSession::CaptureSession(shm::FileLock lock, std::unique_ptr<shm::CaptureFile> file,
                               uint32_t workers)
    : lock_(std::move(lock)), file_(std::move(file)) {
  for (uint32_t w = 0; w < workers; ++w) rings_.push_back(file_->frames(w));
}

CaptureSession::~CaptureSession() {
  if (number_ != 0) file_->request().publish({.number = number_ + 1});
}

void CaptureSession::ask(shm::CaptureRequest request) {
  // Of whoever captured before.
  for (auto& ring : rings_) ring.skip_all();
  shm::CaptureRequest last;
  number_ = file_->request().read(last) ? last.number + 1 : 1;
  const shm::CaptureStatus& status = file_->status();
  number_ = std::max({number_, status.taken.load() + 1, status.refused.load() + 1});
  request.number = number_;
  file_->request().publish(request);
}

CaptureSession::Answer CaptureSession::answer() const {
  const shm::CaptureStatus& status = file_->status();
  if (status.taken.load(std::memory_order_acquire) == number_) return Answer::taken;
  if (status.refused.load(std::memory_order_acquire) == number_) return Answer::refused;
  return Answer::none_yet;
}

void CaptureSession::take(std::vector<Frame>& frames) {
  const auto begin = static_cast<std::ptrdiff_t>(frames.size());
  for (uint32_t w = 0; w < rings_.size(); ++w) {
    // No more than a ring holds: a worker may write as fast as this reads.
    for (uint64_t i = 0; i < rings_[w].capacity(); ++i) {
      const shm::CapturedFrame* front = rings_[w].front();
      if (front == nullptr) break;
      Frame f{w, *front};
      rings_[w].pop();
      f.frame.captured =
          static_cast<uint16_t>(std::min<uint32_t>(f.frame.captured, shm::capture_snaplen_max));
      f.frame.port %= shm::ports_max;
      if (f.frame.number == number_) frames.push_back(f);
    }
  }
  std::stable_sort(frames.begin() + begin, frames.end(),
                   [](const Frame& a, const Frame& b) { return a.frame.at < b.frame.at; });
}

uint64_t CaptureSession::lost(uint32_t worker, uint32_t port) const {
  const shm::CaptureWorker& state = file_->worker(worker);
  if (state.number.load(std::memory_order_acquire) != number_) return 0;
  return state.lost[port].load(std::memory_order_relaxed);
}

}  // namespace sluice::ctl
