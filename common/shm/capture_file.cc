#include "common/shm/capture_file.h"

#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "common/shm/region_files.h"
#include "common/shm/shared_file.h"

namespace sluice::shm {
namespace {

constexpr std::size_t rounded(std::size_t n) {
  return (n + 63) / 64 * 64;
}

constexpr std::size_t request_at = sizeof(CaptureHeader);
constexpr std::size_t status_at = request_at + rounded(sizeof(Versioned<CaptureRequest>));
constexpr std::size_t workers_at = status_at + sizeof(CaptureStatus);
// Of one worker: its numbers, the head of its ring, the ring.
constexpr std::size_t head_at = sizeof(CaptureWorker);
constexpr std::size_t frames_at = head_at + sizeof(RingHead);
constexpr std::size_t worker_size = frames_at + capture_frames * sizeof(CapturedFrame);
static_assert(worker_size % 64 == 0);

CaptureHeader header_of(uint32_t workers, uint64_t region_id) {
  return {.magic = capture_magic,
          .abi = capture_abi,
          .header_size = sizeof(CaptureHeader),
          .frame_size = sizeof(CapturedFrame),
          .frames = capture_frames,
          .workers = workers,
          .reserved = 0,
          .region_id = region_id,
          .file_size = CaptureFile::size_of(workers),
          .reserved2 = {}};
}

}  // namespace

std::size_t CaptureFile::size_of(uint32_t workers) {
  return workers_at + workers * worker_size;
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::create(const std::string& directory,
                                                         uint32_t workers, uint64_t region_id) {
  const RegionPaths paths(directory);
  const std::string fresh = paths.capture + ".new";
  const std::size_t size = size_of(workers);
  // Nobody serves the one of an earlier data plane any more, whether there will be a new one or
  // not.
  unlink(paths.capture.c_str());
  if (const Status s = create_file(fresh, size, group_of(directory)); !s) {
    unlink(fresh.c_str());
    return s.error();
  }
  Result<Mapping> mapping = Mapping::open(fresh, size, Mapping::Mode::read_write);
  if (!mapping) return mapping.error();
  std::unique_ptr<CaptureFile> file(new CaptureFile(std::move(*mapping)));
  std::byte* at = file->mapping_.data();
  // All else begins as zero bytes, which is how each struct says "nothing yet".
  for (uint32_t w = 0; w < workers; ++w) {
    (new (at + workers_at + w * worker_size + head_at) RingHead{})->capacity = capture_frames;
  }
  new (at) CaptureHeader(header_of(workers, region_id));
  file->mapping_.prefault();
  if (rename(fresh.c_str(), paths.capture.c_str()) != 0) {
    return Error{paths.capture + ": cannot rename the new file: " + std::strerror(errno)};
  }
  return file;
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::open(const std::string& directory,
                                                       uint32_t workers, uint64_t region_id) {
  const RegionPaths paths(directory);
  if (access(paths.capture.c_str(), F_OK) != 0) {
    return Error{paths.capture + ": " + std::strerror(errno) +
                 "; the data plane could not make it, or is of an older release: its log says"};
  }
  Result<Mapping> mapping =
      Mapping::open(paths.capture, size_of(workers), Mapping::Mode::read_write);
  if (!mapping) return mapping.error();
  CaptureHeader found;
  std::memcpy(&found, mapping->data(), sizeof found);
  const CaptureHeader wanted = header_of(workers, region_id);
  if (std::memcmp(&found, &wanted, sizeof found) != 0) {
    return Error{paths.capture +
                 " belongs to another region or build: run data plane and tools of one release"};
  }
  return std::unique_ptr<CaptureFile>(new CaptureFile(std::move(*mapping)));
}

Versioned<CaptureRequest>& CaptureFile::request() {
  return *reinterpret_cast<Versioned<CaptureRequest>*>(mapping_.data() + request_at);
}

CaptureStatus& CaptureFile::status() {
  return *reinterpret_cast<CaptureStatus*>(mapping_.data() + status_at);
}

CaptureWorker& CaptureFile::worker(uint32_t i) {
  return *reinterpret_cast<CaptureWorker*>(mapping_.data() + workers_at + i * worker_size);
}

Ring<CapturedFrame> CaptureFile::frames(uint32_t worker) {
  std::byte* at = mapping_.data() + workers_at + worker * worker_size;
  // The capacity is this build's, whatever the head says by now.
  return {reinterpret_cast<RingHead*>(at + head_at),
          reinterpret_cast<CapturedFrame*>(at + frames_at), capture_frames};
}

}  // namespace sluice::shm
