#include "common/shm/capture_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/shm/region_files.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

constexpr uint32_t workers = 2;
constexpr uint64_t id = 7;

TEST(CaptureFile, is_allocated_in_full_and_closed_to_others) {
  RegionDirectory d;
  ASSERT_TRUE(CaptureFile::create(d.path(), workers, id).ok());
  struct stat st {};
  ASSERT_EQ(stat((d.path() + "/capture").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0660u);
  EXPECT_EQ(static_cast<std::size_t>(st.st_size), CaptureFile::size_of(workers));
  EXPECT_GE(st.st_blocks * 512, st.st_size) << "not fully allocated";
  EXPECT_FALSE(std::filesystem::exists(d.path() + "/capture.new"));
}

TEST(CaptureFile, carries_requests_one_way_and_frames_the_other) {
  RegionDirectory d;
  const auto made = CaptureFile::create(d.path(), workers, id);
  const auto opened = CaptureFile::open(d.path(), workers, id);
  ASSERT_TRUE(made.ok() && opened.ok());
  (*opened)->request().publish({.number = 3, .track = {4, 5}});
  CaptureRequest r;
  ASSERT_TRUE((*made)->request().read(r));
  EXPECT_EQ(r.number, 3u);
  EXPECT_EQ(r.track, (SlotRef{4, 5}));
  for (uint32_t w = 0; w < workers; ++w) {
    CapturedFrame f{};
    f.length = 100 + w;
    EXPECT_TRUE((*made)->frames(w).push(f));
  }
  for (uint32_t w = 0; w < workers; ++w) {
    auto ring = (*opened)->frames(w);
    ASSERT_NE(ring.front(), nullptr);
    EXPECT_EQ(ring.front()->length, 100 + w);
    EXPECT_EQ(ring.size(), 1u);
  }
}

TEST(CaptureFile, of_another_region_or_build_is_refused) {
  RegionDirectory d;
  const auto none = CaptureFile::open(d.path(), workers, id);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("/capture: No such file"), std::string::npos);
  ASSERT_TRUE(CaptureFile::create(d.path(), workers, id).ok());
  EXPECT_FALSE(CaptureFile::open(d.path(), workers, id + 1).ok()) << "another region";
  EXPECT_FALSE(CaptureFile::open(d.path(), workers + 1, id).ok()) << "more workers";
  EXPECT_FALSE(CaptureFile::open(d.path(), workers - 1, id).ok()) << "fewer workers";
  std::filesystem::resize_file(d.path() + "/capture", CaptureFile::size_of(workers) - 1);
  EXPECT_FALSE(CaptureFile::open(d.path(), workers, id).ok()) << "cut short";
}

// Who has the old one mapped keeps it; the new data plane begins with nothing.
TEST(CaptureFile, is_made_anew_by_each_data_plane) {
  RegionDirectory d;
  const auto old = CaptureFile::create(d.path(), workers, id);
  ASSERT_TRUE(old.ok());
  (*old)->request().publish({.number = 9});
  const auto anew = CaptureFile::create(d.path(), workers, id);
  ASSERT_TRUE(anew.ok());
  CaptureRequest r;
  ASSERT_TRUE((*anew)->request().read(r));
  EXPECT_EQ(r.number, 0u);
  (*old)->request().publish({.number = 10});
  ASSERT_TRUE((*anew)->request().read(r));
  EXPECT_EQ(r.number, 0u);
}

}  // namespace
}  // namespace sluice::shm
