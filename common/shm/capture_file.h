// The capture file: made anew by every data plane, mapped by it and by the tool that captures.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/shm/capture.h"
#include "common/shm/mapping.h"
#include "common/shm/ring.h"
#include "common/shm/versioned.h"

namespace sluice::shm {

class CaptureFile {
 public:
  // Data plane, in the directory of a region that it has opened: whatever lay there is nobody's.
  static Result<std::unique_ptr<CaptureFile>> create(const std::string& directory, uint32_t workers,
                                                     uint64_t region_id);
  // Tool. Errors: there is none, it may not be opened, or it belongs to another region or build.
  static Result<std::unique_ptr<CaptureFile>> open(const std::string& directory, uint32_t workers,
                                                   uint64_t region_id);

  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  Versioned<CaptureRequest>& request();
  CaptureStatus& status();
  CaptureWorker& worker(uint32_t i);
  Ring<CapturedFrame> frames(uint32_t worker);

  static std::size_t size_of(uint32_t workers);

 private:
  explicit CaptureFile(Mapping mapping) : mapping_(std::move(mapping)) {}

  Mapping mapping_;
};

}  // namespace sluice::shm
