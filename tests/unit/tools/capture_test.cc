// sluicectl capture against a data plane that a thread plays.
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "common/shm/capture_file.h"
#include "common/shm/file_lock.h"
#include "common/shm/region_files.h"
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

std::string name_of(shm::SlotRef ref) {
  return std::to_string(ref.slot) + "." + std::to_string(ref.generation);
}

struct CaptureCommand : testing::Test, Instance {
  shm::SlotRef ann = publish_endpoint(1, 0);
  std::unique_ptr<shm::CaptureFile> file;
  std::string path = directory.path() + "/out.pcapng";

  CaptureCommand() {
    file = std::move(*shm::CaptureFile::create(directory.path(), dataplane->capacities().workers,
                                               dataplane->header().region_id));
  }
  // Answers the next request, then mirrors `frames` frames and loses one.
  std::thread play(uint32_t frames, bool takes = true) {
    return std::thread([this, frames, takes] {
      shm::CaptureRequest r;
      const TimeNs until = monotonic_now() + 10 * ns_per_s;
      while (!file->request().read(r) || !r.names_something()) {
        if (monotonic_now() > until) return;
        std::this_thread::yield();
      }
      request = r;
      auto& status = file->status();
      file->worker(1).number.store(r.number);
      file->worker(1).lost[0].store(1);
      (takes ? status.taken : status.refused).store(r.number);
      auto ring = file->frames(1);
      for (uint32_t i = 0; i < frames && takes; ++i) {
        shm::CapturedFrame f{};
        f.number = r.number;
        f.at = unix_now();
        f.length = f.captured = 60;
        f.outbound = i % 2;
        EXPECT_TRUE(ring.push(f));
      }
    });
  }
  Answer capture(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"capture", "--endpoint", name_of(ann)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ask(arguments);
  }

  shm::CaptureRequest request;
};

TEST_F(CaptureCommand, writes_what_it_is_given_until_it_is_enough) {
  std::thread dataplane_thread = play(20);
  const Answer answer = capture({"--packets", "10", "--snaplen", "100", "--write", path});
  dataplane_thread.join();
  EXPECT_EQ(answer.code, ExitCode::ok) << answer.err;
  EXPECT_NE(answer.err.find("10 frames, 1 lost"), std::string::npos) << answer.err;
  EXPECT_EQ(request.endpoint, ann);
  EXPECT_EQ(request.budget, 10u);
  EXPECT_EQ(request.snaplen, 100u);
  EXPECT_GT(request.deadline, monotonic_now());
  struct stat st {};
  ASSERT_EQ(stat(path.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u) << "people's addresses";
  EXPECT_GT(st.st_size, 600);
  shm::CaptureRequest last;
  ASSERT_TRUE(file->request().read(last));
  EXPECT_FALSE(last.names_something()) << "it was not withdrawn";
}

TEST_F(CaptureCommand, writes_to_the_standard_output) {
  std::thread dataplane_thread = play(1);
  const Answer answer = capture({"--seconds", "0.1", "--write", "-"});
  dataplane_thread.join();
  EXPECT_EQ(answer.code, ExitCode::ok) << answer.err;
  EXPECT_EQ(answer.out.substr(0, 4), "\x0a\x0d\x0d\x0a");
  EXPECT_TRUE(answer.says("port0/worker1"));
  EXPECT_NE(answer.err.find("1 frames, 1 lost: the time is over"), std::string::npos) << answer.err;
}

TEST_F(CaptureCommand, a_signal_ends_it_with_a_whole_file) {
  std::thread dataplane_thread = play(3);
  const pthread_t self = pthread_self();
  std::atomic<bool> over{false};
  std::thread person([&] {
    while (std::filesystem::exists(path) ? std::filesystem::file_size(path) < 300 : !over)
      std::this_thread::yield();
    pthread_kill(self, SIGINT);
  });
  const Answer answer = capture({"--seconds", "60", "--write", path});
  over = true;
  dataplane_thread.join();
  person.join();
  EXPECT_EQ(answer.code, ExitCode::ok);
  EXPECT_NE(answer.err.find("3 frames, 1 lost: ended by a signal"), std::string::npos)
      << answer.err;
}

TEST_F(CaptureCommand, json_sums_it_up) {
  std::thread dataplane_thread = play(2);
  const auto json = capture({"--packets", "2", "--write", path, "--json"}).json();
  dataplane_thread.join();
  EXPECT_EQ(json["frames"], 2);
  EXPECT_EQ(json["lost"], 1);
}

TEST_F(CaptureCommand, what_has_left_ends_it) {
  std::thread dataplane_thread = play(1);
  std::thread leaving([&] {
    while (file->status().taken.load() == 0) std::this_thread::yield();
    publisher.retire(shm::TableId::endpoint, ann);
  });
  const Answer answer = capture({"--seconds", "60", "--write", path});
  dataplane_thread.join();
  leaving.join();
  EXPECT_EQ(answer.code, ExitCode::ok);
  EXPECT_NE(answer.err.find("it has left"), std::string::npos) << answer.err;
}

TEST_F(CaptureCommand, names_what_is_wrong_with_its_arguments) {
  const std::string w = "--write=" + path;
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"capture", w}, "--endpoint or --track"},
      {{"capture", "--endpoint", "0", "--track", "0", w}, "excludes"},
      {{"capture", "--endpoint", "0"}, "--write"},
      {{"capture", "--endpoint", "ann", w}, "SLOT.GENERATION"},
      {{"capture", "--endpoint", "0", "--seconds", "0", w}, "--seconds"},
      {{"capture", "--endpoint", "0", "--packets", "0", w}, "--packets"},
      {{"capture", "--endpoint", "0", "--snaplen", "9999", w}, "--snaplen"},
      {{"capture", "--endpoint", name_of(ann), "--write", "/nowhere/x"}, "/nowhere/x: No such"}};
  for (const auto& [arguments, says] : wrong) {
    const Answer answer = ask(arguments);
    EXPECT_EQ(answer.code, ExitCode::usage) << says;
    EXPECT_NE(answer.err.find(says), std::string::npos) << answer.err;
  }
}

TEST_F(CaptureCommand, what_is_not_there_is_a_finding) {
  for (const char* endpoint : {"9", "0.77", "9999"}) {
    const Answer answer = ask({"capture", "--endpoint", endpoint, "--write", path});
    EXPECT_EQ(answer.code, ExitCode::finding);
    EXPECT_NE(answer.err.find(std::string("endpoint ") + endpoint), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(CaptureCommand, there_is_one_at_a_time) {
  const auto lock = shm::FileLock::take(shm::RegionPaths(directory.path()).capture_lock, "a test");
  ASSERT_TRUE(lock.ok());
  const Answer answer = capture({"--write", path});
  EXPECT_EQ(answer.code, ExitCode::finding);
  const std::string holder = "another capture (process " + std::to_string(getpid()) + ")";
  EXPECT_NE(answer.err.find(holder), std::string::npos) << answer.err;
}

TEST_F(CaptureCommand, a_refusal_and_a_dead_data_plane_are_findings) {
  std::thread dataplane_thread = play(0, false);
  const Answer refused = capture({"--write", path});
  dataplane_thread.join();
  EXPECT_EQ(refused.code, ExitCode::finding);
  EXPECT_NE(refused.err.find("refused"), std::string::npos) << refused.err;
  dataplane.reset();
  const Answer dead = capture({"--write", path});
  EXPECT_EQ(dead.code, ExitCode::finding);
  EXPECT_NE(dead.err.find("the data plane is dead"), std::string::npos) << dead.err;
}

TEST(CaptureCommandAlone, no_region_is_unreachable) {
  EXPECT_EQ(sluicectl({"--region", "/nonexistent", "capture", "--track", "0", "--write", "-"}).code,
            ExitCode::unreachable);
}

}  // namespace
}  // namespace sluice::ctl
