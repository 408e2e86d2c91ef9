// sluicectl top: rates from a real region, and a terminal that gets back what it showed.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

// A worker that counts while somebody looks: 10 packets of 100 bytes and 3 failed tags a loop.
class CountingWorker {
 public:
  explicit CountingWorker(Instance& instance)
      : thread_([this, &instance] {
          shm::Counters c;
          while (!stop_) {
            c[shm::Counter::rx_packets] += 10;
            c[shm::Counter::rx_bytes] += 1'000;
            c[shm::Counter::drop_auth_failed] += 3;
            instance.publish(0, c);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  ~CountingWorker() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST(Top, once_shows_what_the_interval_brought) {
  Instance instance;
  instance.publish(0, {});
  const CountingWorker worker(instance);
  const auto json = instance.ask_json({"top", "--once", "--interval", "0.2"});
  ASSERT_EQ(json["workers"].size(), 2U);
  const double packets = json["workers"][0]["rx_packets_per_s"];
  EXPECT_GT(packets, 0);
  EXPECT_NEAR(json["workers"][0]["rx_bits_per_s"].get<double>(), packets * 800, packets);
  EXPECT_EQ(json["workers"][1]["rx_packets_per_s"], 0);
  EXPECT_NEAR(json["node"]["drops_per_s"].get<double>(), packets * 0.3, packets * 0.001);
  ASSERT_EQ(json["drops"].size(), 1U);
  EXPECT_EQ(json["drops"][0]["drop"], "drop_auth_failed");
  EXPECT_TRUE(json["rooms"].is_null()) << "nobody answers on the admin socket";
  const Answer text = instance.ask({"top", "--once", "--interval", "0.05"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("drop_auth_failed")) << text.out;
  EXPECT_FALSE(text.says("\x1b")) << "no terminal, no escapes";
}

TEST(Top, a_data_plane_that_is_dead_is_said) {
  Instance instance;
  instance.publish(0, balanced());
  instance.dataplane.reset();
  const Answer text = instance.ask({"top", "--once", "--interval", "0.01"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("the data plane is dead")) << text.out;
}

TEST(Top, json_without_an_end_is_refused) {
  Instance instance;
  const Answer answer = instance.ask({"top", "--json"});
  EXPECT_EQ(answer.code, ExitCode::usage);
  EXPECT_EQ(answer.err, "top: --json needs --once\n");
}

// Everything the terminal was sent, and how the process ended.
struct Session {
  std::string shown;
  int status = 0;
};

// Types Ctrl-C when the second screen is drawn.
Session top_until_ctrl_c(const std::string& region) {
  int terminal = -1;
  winsize size{};
  size.ws_row = 12;
  size.ws_col = 40;
  std::fflush(nullptr);  // else the child writes it a second time, to the terminal
  std::cout.flush();
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, &size);
  if (pid == 0) {
    const ExitCode code =
        run({"--region", region, "top", "--interval", "0.05"}, {std::cout, std::cerr});
    std::cout.flush();
    _exit(static_cast<int>(code));
  }
  Session session;
  char bytes[4'096];
  bool interrupted = false;
  for (ssize_t n = 0; (n = read(terminal, bytes, sizeof bytes)) > 0;) {
    session.shown.append(bytes, static_cast<std::size_t>(n));
    const std::size_t first = session.shown.find("\x1b[H");
    if (!interrupted && first != std::string::npos &&
        session.shown.find("\x1b[H", first + 1) != std::string::npos) {
      interrupted = write(terminal, "\x03", 1) == 1;
    }
  }
  waitpid(pid, &session.status, 0);
  close(terminal);
  return session;
}

TEST(Top, ctrl_c_gives_the_terminal_back_as_it_was) {
  Instance instance;
  instance.publish(0, balanced());
  const Session session = top_until_ctrl_c(instance.directory.path());
  ASSERT_TRUE(WIFEXITED(session.status));
  EXPECT_EQ(WEXITSTATUS(session.status), 0);
  EXPECT_TRUE(session.shown.starts_with("\x1b[?1049h\x1b[?25l")) << session.shown;
  EXPECT_TRUE(session.shown.ends_with("\x1b[?25h\x1b[?1049l")) << session.shown;
  EXPECT_NE(session.shown.find("busy"), std::string::npos);
  EXPECT_EQ(session.shown.find("not forwarded/s"), std::string::npos) << "cut at 40 columns";
}

}  // namespace
}  // namespace sluice::ctl
