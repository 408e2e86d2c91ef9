#include "dataplane/control_wake.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice::dataplane {
namespace {

uint64_t word_of(int descriptor) {
  return static_cast<uint64_t>(getpid()) << 32 | static_cast<uint64_t>(descriptor + 1);
}

class WakesControl : public testing::Test {
 protected:
  shm::ControlStatus control;
  ControlWake wake;
};

TEST_F(WakesControl, HasNoDescriptorBeforeTheControlPlaneNamesOne) {
  wake.update(control);
  EXPECT_EQ(wake.descriptor().load(), -1);
}

TEST_F(WakesControl, ReachesTheEventfdOfTheProcess) {
  const int theirs = eventfd(0, EFD_CLOEXEC);
  control.wake.store(word_of(theirs));
  wake.update(control);
  const int ours = wake.descriptor().load();
  if (ours < 0) {
    close(theirs);
    GTEST_SKIP() << "this process may not use pidfd_getfd";
  }
  EXPECT_NE(ours, theirs);
  ASSERT_EQ(eventfd_write(ours, 3), 0);
  eventfd_t got = 0;
  ASSERT_EQ(eventfd_read(theirs, &got), 0);
  EXPECT_EQ(got, 3u);
  control.wake.store(0);
  wake.update(control);
  EXPECT_EQ(wake.descriptor().load(), -1);
  EXPECT_EQ(eventfd_write(ours, 1), 0);  // a worker may be about to use it still
  wake.update(control);
  EXPECT_NE(eventfd_write(ours, 1), 0);
  close(theirs);
}

TEST_F(WakesControl, TakesNothingButAnEventfd) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  for (const uint64_t word : {word_of(pipe_ends[1]), word_of(9'999), uint64_t{77}, ~uint64_t{0}}) {
    control.wake.store(word);
    wake.update(control);
    EXPECT_EQ(wake.descriptor().load(), -1) << word;
  }
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

}  // namespace
}  // namespace sluice::dataplane
