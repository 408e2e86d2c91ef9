#include "dataplane/capture_desk.h"

#include <utility>

#include "common/shm/file_lock.h"
#include "common/shm/region_files.h"

namespace sluice::dataplane {
namespace {

bool is_live(shm::Region& region, shm::TableId table, shm::SlotRef ref) {
  return ref.slot < shm::slot_count(region.capacities(), table) &&
         region.head(table, ref.slot).word.is_live(ref, ref.slot);
}

}  // namespace

bool is_sound(const shm::CaptureRequest& r, shm::Region& region, TimeNs now) {
  if (static_cast<bool>(r.endpoint) == static_cast<bool>(r.track)) return false;
  if (r.endpoint && !is_live(region, shm::TableId::endpoint, r.endpoint)) return false;
  if (r.track && !is_live(region, shm::TableId::track, r.track)) return false;
  return r.deadline > now && r.deadline <= now + shm::capture_duration_max && r.budget != 0 &&
         r.budget <= shm::capture_budget_max && r.snaplen != 0 &&
         r.snaplen <= shm::capture_snaplen_max;
}

Result<std::unique_ptr<CaptureDesk>> CaptureDesk::open(shm::Region& region) {
  auto file = shm::CaptureFile::create(region.directory(), region.capacities().workers,
                                       region.header().region_id);
  if (!file) return file.error();
  return std::unique_ptr<CaptureDesk>(new CaptureDesk(region, std::move(*file)));
}

CaptureDesk::CaptureDesk(shm::Region& region, std::unique_ptr<shm::CaptureFile> file)
    : region_(region),
      file_(std::move(file)),
      lock_(shm::RegionPaths(region.directory()).capture_lock),
      board_{.file = file_.get(), .order = {}} {}

// By a tool that lives.
bool CaptureDesk::is_held() const {
  return shm::FileLock::held(lock_);
}

void CaptureDesk::order(const shm::CaptureRequest& request) {
  running_ = request;
  board_.order.publish(request);
}

void CaptureDesk::look(TimeNs now) {
  shm::CaptureRequest request;
  // Torn by whoever writes it: what runs goes on, and ends at its deadline.
  const bool whole = file_->request().read(request);
  if (running_.names_something()) {
    const bool withdrawn = whole && request != running_;
    if (withdrawn || now >= running_.deadline || !is_held()) order({});
  }
  if (!whole || request.number == judged_ || !request.names_something()) return;
  judged_ = request.number;
  const bool taken = is_held() && is_sound(request, region_, now);
  if (taken) order(request);
  shm::CaptureStatus& status = file_->status();
  (taken ? status.taken : status.refused).store(request.number, std::memory_order_release);
}

}  // namespace sluice::dataplane
