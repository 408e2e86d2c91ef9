// A region that lies on disk after whatever: its two files with bytes changed are judged (header),
// mapped, and checked record by record. Each step answers; none crashes, and a region without
// changes has no finding.
//
// The input is a list of changes: file (0 tables, 1 keys), a 32-bit offset taken modulo its size,
// the number of bytes, and the bytes.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/assert.h"
#include "common/shm/publisher.h"
#include "common/shm/region.h"
#include "common/shm/region_files.h"
#include "common/shm/table_check.h"
#include "common/wire/bytes.h"
#include "tests/unit/shm/records.h"

namespace sluice::shm {
namespace {

class Image {
 public:
  Image() {
    char name[] = "/dev/shm/sluice-fuzz-XXXXXX";
    SLUICE_ASSERT(mkdtemp(name) != nullptr);
    directory_ = name;
    fill();
    const RegionPaths paths(directory_);
    files_[0] = {open(paths.tables.c_str(), O_RDWR | O_CLOEXEC), read_whole(paths.tables)};
    files_[1] = {open(paths.keys.c_str(), O_RDWR | O_CLOEXEC), read_whole(paths.keys)};
    SLUICE_ASSERT(judge());
  }
  ~Image() {
    for (const File& f : files_) close(f.descriptor);
    std::filesystem::remove_all(directory_);
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  void change(std::size_t file, std::size_t offset, wire::ByteView bytes) {
    const File& f = files_[file];
    offset %= f.whole.size();
    const std::size_t n = std::min(bytes.size(), f.whole.size() - offset);
    put(f, offset, bytes.data(), n);
    changed_.push_back({file, offset, n});
  }
  void restore() {
    for (const Change& c : changed_)
      put(files_[c.file], c.offset, files_[c.file].whole.data() + c.offset, c.length);
    changed_.clear();
  }
  // Whether it was found to be sound.
  bool judge() const {
    bool sound = true;
    for (const Access access : {Access::read_only, Access::control}) {
      const auto region = Region::open(directory_, access);
      sound &= region.ok() && check_tables(**region).empty();
    }
    return sound;
  }

 private:
  struct File {
    int descriptor = -1;
    std::vector<uint8_t> whole;
  };
  struct Change {
    std::size_t file, offset, length;
  };
  static void put(const File& f, std::size_t offset, const uint8_t* bytes, std::size_t n) {
    SLUICE_ASSERT(pwrite(f.descriptor, bytes, n, static_cast<off_t>(offset)) ==
                  static_cast<ssize_t>(n));
  }
  static std::vector<uint8_t> read_whole(const std::string& path) {
    std::vector<uint8_t> bytes(std::filesystem::file_size(path));
    const int f = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    SLUICE_ASSERT(f >= 0 &&
                  read(f, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    close(f);
    return bytes;
  }
  void fill() {
    Capacities c;
    c.workers = 2;
    c.endpoints = c.tracks = c.streams = c.subscriptions = 8;
    c.news = c.inject = c.events = 8;
    c.punt_endpoint = c.punt_invited = c.punt_stranger = 2;
    auto region = Region::open(directory_, Access::create, c);
    SLUICE_ASSERT(region.ok());
    Publisher p(**region, 1);
    for (uint64_t i = 1; i <= 2; ++i) {
      const SlotRef e = *p.publish(endpoint_record(i), endpoint_keys(i));
      const SlotRef t = *p.publish(track_record(10 + i, e));
      const SlotRef s = *p.publish(stream_record(20 + i, e, static_cast<uint32_t>(100 + i)));
      SLUICE_ASSERT(p.publish(subscription_record(t, s)).ok());
    }
  }

  std::string directory_;
  File files_[2];
  std::vector<Change> changed_;
};

}  // namespace
}  // namespace sluice::shm

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  static sluice::shm::Image image;
  sluice::wire::Reader r({data, size});
  while (r.ok() && r.remaining() != 0) {
    const uint8_t file = r.u8() & 1;
    const uint32_t offset = r.u32();
    const std::size_t length = r.u8();
    const auto bytes = r.take(std::min(length, r.remaining()));
    if (r.ok()) image.change(file, offset, bytes);
  }
  (void)image.judge();
  image.restore();
  return 0;
}
