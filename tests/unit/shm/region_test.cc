#include "common/shm/region.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/shm/publisher.h"
#include "tests/unit/shm/records.h"
#include "tests/unit/shm/region_fixture.h"

namespace sluice::shm {
namespace {

// Changes bytes of a file as a damaged or foreign one would have them.
template <class T>
void overwrite(const std::string& path, std::size_t offset, T value) {
  const int fd = open(path.c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(pwrite(fd, &value, sizeof value, static_cast<off_t>(offset)),
            static_cast<ssize_t>(sizeof value));
  close(fd);
}

void expect_refused(const std::string& directory, Access access, const std::string& part) {
  const auto r = Region::open(directory, access, small_capacities());
  ASSERT_FALSE(r.ok()) << part;
  EXPECT_NE(r.error().message.find(part), std::string::npos) << r.error().message;
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 ? st.st_mode & 07777 : 0;
}

TEST(Region, is_created_in_full_with_its_modes_and_locks) {
  RegionDirectory d;
  const std::string dir = d.path() + "/instance";
  const mode_t old = umask(0077);
  const auto region = open_region(dir, Access::create);
  umask(old);
  ASSERT_NE(region, nullptr);
  EXPECT_FALSE(region->adopted());
  EXPECT_EQ(mode_of(dir), 0750u);
  for (const char* name :
       {"/tables", "/keys", "/dataplane.lock", "/control.lock", "/capture.lock"}) {
    EXPECT_EQ(mode_of(dir + name), 0660u) << name;
  }
  struct stat st {};
  ASSERT_EQ(stat((dir + "/tables").c_str(), &st), 0);
  EXPECT_EQ(static_cast<uint64_t>(st.st_size), layout_of(small_capacities()).tables_size);
  EXPECT_GE(st.st_blocks * 512, st.st_size) << "not fully allocated";
  EXPECT_FALSE(std::filesystem::exists(dir + "/tables.new"));
  EXPECT_EQ(region->dataplane().incarnation.load(), 1u);
  EXPECT_EQ(region->dataplane().pid.load(), static_cast<uint64_t>(getpid()));
}

TEST(Region, answers_not_yet_until_the_ready_word_is_stored) {
  RegionDirectory d;
  std::string why;
  EXPECT_EQ(Region::probe(d.path() + "/nowhere", &why), Readiness::not_yet);
  EXPECT_EQ(Region::probe(d.path(), &why), Readiness::not_yet);
  EXPECT_NE(why.find("start sluice-dataplane"), std::string::npos) << why;
  ASSERT_NE(open_region(d.path(), Access::create), nullptr);
  EXPECT_EQ(Region::probe(d.path()), Readiness::ready);
  overwrite<uint32_t>(d.path() + "/tables", offsetof(RegionHeader, ready), 0);
  EXPECT_EQ(Region::probe(d.path(), &why), Readiness::not_yet);
  expect_refused(d.path(), Access::control, "being created");
  // The creator died before the ready word: the next one begins anew.
  const auto again = open_region(d.path(), Access::create);
  ASSERT_NE(again, nullptr);
  EXPECT_FALSE(again->adopted());
}

TEST(Region, incompatible_files_are_refused_with_both_values) {
  struct Case {
    const char* what;
    const char* file;
    std::size_t offset;
    uint64_t value;
    const char* part;
  };
  const Case cases[] = {
      {"magic", "/tables", offsetof(RegionHeader, magic), 7, "is no region of Sluice"},
      {"abi", "/tables", offsetof(RegionHeader, abi), 99 | uint64_t{sizeof(RegionHeader)} << 32,
       "ABI 99"},
      {"layout", "/tables", offsetof(RegionHeader, hash), 0x1234, "layout 0x1234"},
      {"size", "/tables", offsetof(RegionHeader, tables_size), 4096, "is damaged"},
      {"capacity", "/tables", offsetof(RegionHeader, capacities), 1000, "capacity workers is 1000"},
      {"keys magic", "/keys", offsetof(KeysHeader, magic), 7, "is no keys file"},
      {"keys of another region", "/keys", offsetof(KeysHeader, region_id), 7,
       "belongs to another region"},
  };
  for (const Case& c : cases) {
    RegionDirectory d;
    ASSERT_NE(open_region(d.path(), Access::create), nullptr);
    overwrite(d.path() + c.file, c.offset, c.value);
    expect_refused(d.path(), Access::control, c.part);
    expect_refused(d.path(), Access::create, c.part);
    if (std::string(c.file) == "/tables") {
      std::string why;
      EXPECT_EQ(Region::probe(d.path(), &why), Readiness::incompatible) << c.what;
      EXPECT_NE(why.find("remove"), std::string::npos) << why;
    }
  }
}

TEST(Region, a_file_that_was_cut_short_is_refused) {
  for (const char* file : {"/tables", "/keys"}) {
    for (const off_t size : {0, 100, 2'048}) {
      RegionDirectory d;
      ASSERT_NE(open_region(d.path(), Access::create), nullptr);
      ASSERT_EQ(truncate((d.path() + file).c_str(), size), 0);
      expect_refused(d.path(), Access::control, "cut short");
      expect_refused(d.path(), Access::create, "cut short");
    }
  }
}

TEST(Region, a_damaged_ring_is_refused) {
  RegionDirectory d;
  ASSERT_NE(open_region(d.path(), Access::create), nullptr);
  const Layout l = layout_of(small_capacities());
  overwrite<uint64_t>(d.path() + "/tables", l.rings + l.events + offsetof(RingHead, capacity),
                      1u << 30);
  expect_refused(d.path(), Access::read_only, "a ring of worker 0");
}

TEST(Region, takes_one_data_plane_and_one_control_plane) {
  RegionDirectory d;
  EXPECT_FALSE(Region::dataplane_alive(d.path()));
  auto dataplane = open_region(d.path(), Access::create);
  ASSERT_NE(dataplane, nullptr);
  EXPECT_TRUE(Region::dataplane_alive(d.path()));
  EXPECT_FALSE(Region::control_alive(d.path()));
  expect_refused(d.path(), Access::create,
                 "a data plane (process " + std::to_string(getpid()) + ")");
  auto control = open_region(d.path(), Access::control);
  ASSERT_NE(control, nullptr);
  EXPECT_TRUE(Region::control_alive(d.path()));
  expect_refused(d.path(), Access::control, "a control plane (process");
  EXPECT_NE(open_region(d.path(), Access::read_only), nullptr);
  EXPECT_FALSE(Region::remove(d.path()).ok());
  dataplane.reset();
  EXPECT_FALSE(Region::dataplane_alive(d.path()));
  EXPECT_FALSE(Region::remove(d.path()).ok());
  control.reset();
  EXPECT_TRUE(Region::remove(d.path()).ok());
  EXPECT_EQ(Region::probe(d.path()), Readiness::not_yet);
}

TEST(Region, missing_or_unusable_directories_are_named) {
  RegionDirectory d;
  expect_refused(d.path() + "/no/such/place", Access::create, "create its parent first");
  ASSERT_EQ(creat((d.path() + "/file").c_str(), 0600) < 0, false);
  expect_refused(d.path() + "/file", Access::create, "is no directory");
  expect_refused(d.path() + "/nowhere", Access::control, "start sluice-dataplane first");
}

TEST(Region, a_restarted_data_plane_adopts_the_tables) {
  RegionDirectory d;
  auto dataplane = open_region(d.path(), Access::create);
  auto control = open_region(d.path(), Access::control);
  ASSERT_TRUE(dataplane && control);
  Publisher publisher(*control, 1);
  const auto ref = publisher.publish(endpoint_record(5), endpoint_keys(5));
  ASSERT_TRUE(ref.ok());
  dataplane.reset();
  dataplane = open_region(d.path(), Access::create);
  ASSERT_NE(dataplane, nullptr);
  EXPECT_TRUE(dataplane->adopted());
  EXPECT_EQ(dataplane->dataplane().incarnation.load(), 2u);
  EXPECT_TRUE(dataplane->endpoint(ref->slot).head.word.is_live(*ref, ref->slot));
  EXPECT_EQ(dataplane->rings(0).news.size(), 1u) << "news waits for the worker";
}

TEST(Region, other_capacities_make_it_anew_only_when_nobody_can_miss_it) {
  RegionDirectory d;
  Capacities wider = small_capacities();
  wider.streams = 128;
  auto control_refused = [&](const char* part) {
    const auto r = Region::open(d.path(), Access::create, wider);
    ASSERT_FALSE(r.ok());
    EXPECT_NE(r.error().message.find("streams 64 (configured 128)"), std::string::npos)
        << r.error().message;
    EXPECT_NE(r.error().message.find(part), std::string::npos) << r.error().message;
  };
  ASSERT_NE(open_region(d.path(), Access::create), nullptr);
  auto control = open_region(d.path(), Access::control);
  ASSERT_NE(control, nullptr);
  control_refused("stop sluice-control first");
  {
    Publisher publisher(*control, 1);
    const auto ref = publisher.publish(endpoint_record(5), endpoint_keys(5));
    ASSERT_TRUE(ref.ok());
    control.reset();
    control_refused("holds live tables");
    control = open_region(d.path(), Access::control);
    Publisher next(*control, 2);
    next.retire(TableId::endpoint, *ref);
    control.reset();
  }
  const auto anew = open_region(d.path(), Access::create, wider);
  ASSERT_NE(anew, nullptr);
  EXPECT_FALSE(anew->adopted());
  EXPECT_EQ(anew->capacities().streams, 128u);
}

TEST(Region, another_number_of_workers_does_not_end_calls) {
  RegionDirectory d;
  Capacities more = small_capacities();
  more.workers = 3;
  ASSERT_NE(open_region(d.path(), Access::create), nullptr);
  {
    auto control = open_region(d.path(), Access::control);
    ASSERT_NE(control, nullptr);
    Publisher publisher(*control, 1);
    ASSERT_TRUE(publisher.publish(endpoint_record(5), endpoint_keys(5)).ok());
  }
  const auto refused = Region::open(d.path(), Access::create, more);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("workers 2 (configured 3); it holds live tables"),
            std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(open_region(d.path(), Access::create)->adopted());
}

TEST(Region, allocation_failure_is_an_error_with_a_remedy_and_leaves_nothing) {
  RegionDirectory d;
  Capacities huge;
  huge.workers = workers_max;
  huge.endpoints = huge.tracks = huge.streams = huge.subscriptions = slots_max;
  huge.punt_endpoint = huge.punt_invited = huge.punt_stranger = huge.inject = records_max;
  const auto r = Region::open(d.path(), Access::create, huge);
  ASSERT_FALSE(r.ok());
  EXPECT_NE(r.error().message.find("lower the capacities"), std::string::npos) << r.error().message;
  EXPECT_FALSE(std::filesystem::exists(d.path() + "/tables"));
  EXPECT_FALSE(std::filesystem::exists(d.path() + "/tables.new"));
}

}  // namespace
}  // namespace sluice::shm
