// One capture, as the tool sees it: asks the data plane, and takes what the workers mirror. There
// is one at a time for an instance; when this object or its process is gone, so is the capture.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/shm/capture_file.h"
#include "common/shm/file_lock.h"
#include "common/shm/region.h"

namespace sluice::ctl {

class CaptureSession {
 public:
  // Errors: somebody else captures, or the file cannot be opened.
  static Result<std::unique_ptr<CaptureSession>> open(shm::Region& region);
  ~CaptureSession();  // ends what it began
  CaptureSession(const CaptureSession&) = delete;
  CaptureSession& operator=(const CaptureSession&) = delete;

  // `request` without its number.
  void ask(shm::CaptureRequest request);
  enum class Answer { none_yet, taken, refused };
  Answer answer() const;

  struct Frame {
    uint32_t worker;
    shm::CapturedFrame frame;
  };
  // Appends what came since the last call, in the order of its times.
  void take(std::vector<Frame>& frames);
  // So far, of one worker and port.
  uint64_t lost(uint32_t worker, uint32_t port) const;

 private:
  CaptureSession(shm::FileLock lock, std::unique_ptr<shm::CaptureFile> file, uint32_t workers);

  shm::FileLock lock_;
  std::unique_ptr<shm::CaptureFile> file_;
  std::vector<shm::Ring<shm::CapturedFrame>> rings_;
  uint64_t number_ = 0;
};

}  // namespace sluice::ctl
