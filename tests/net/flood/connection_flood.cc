// TCP connections as fast as the machine makes them: each says the beginning of a request and never
// its end, or goes on without one, perhaps after an answer. As many as allowed stay open, the
// oldest are closed for newer ones. Says how many, as JSON.
//
//   connection_flood --to 127.0.0.1:8080 --say HEX [--then HEX] [--endless] --seconds 5
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "common/base/ip.h"
#include "tests/net/flood/options.h"

namespace sluice {
namespace {

volatile std::sig_atomic_t interrupted = 0;

class Caller {
 public:
  Caller(const SocketAddress& to, const IpAddress& from, std::vector<uint8_t> words,
         std::vector<uint8_t> then, bool endless, std::size_t open_max)
      : words_(std::move(words)),
        then_(std::move(then)),
        more_(endless ? 16'384 : 0, 'x'),
        open_max_(open_max) {
    target_.sin_family = source_.sin_family = AF_INET;
    std::memcpy(&source_.sin_addr, from.bytes.data(), 4);
    target_.sin_port = htons(to.port);
    std::memcpy(&target_.sin_addr, to.ip.bytes.data(), 4);
  }
  ~Caller() {
    while (!open_.empty()) close_oldest();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // One more connection; false if there is none to be had now.
  bool connect_one() {
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return false;
    const timeval patience{0, 200'000};
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    // It is reset when closed, or our own ports would be used up soon.
    const linger reset{1, 0};
    setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    // The kernel picks the port when it knows the other end.
    const int late = 1;
    setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
    const auto* source = reinterpret_cast<const sockaddr*>(&source_);
    if (bind(s, source, sizeof source_) != 0 ||
        connect(s, reinterpret_cast<const sockaddr*>(&target_), sizeof target_) != 0) {
      close(s);
      return false;
    }
    send(s, words_.data(), words_.size(), MSG_NOSIGNAL);
    if (!then_.empty()) {
      char answer[1'024];
      if (recv(s, answer, sizeof answer, 0) > 0) send(s, then_.data(), then_.size(), MSG_NOSIGNAL);
    }
    open_.push_back(s);
    if (open_.size() > open_max_) close_oldest();
    return true;
  }
  // What the others have to say.
  void go_on() {
    for (const int s : open_) {
      if (!more_.empty()) send(s, more_.data(), more_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }

 private:
  void close_oldest() {
    close(open_.front());
    open_.pop_front();
  }

  sockaddr_in target_{}, source_{};
  std::vector<uint8_t> words_, then_;
  std::string more_;
  std::size_t open_max_;
  std::deque<int> open_;
};

int run(int argc, char** argv) {
  std::string to, from = "0.0.0.0", words, then;
  bool endless = false;
  std::size_t open_max = 900;
  double seconds = 5;
  uint64_t connections = 1'000'000;
  CLI::App app("connections that say something and stay");
  app.add_option("--to", to, "ADDRESS:PORT, IPv4")->required();
  app.add_option("--from", from, "an address of this machine");
  app.add_option("--say", words, "what each says, in hexadecimal digits")->required();
  app.add_option("--then", then, "and what after the first answer");
  app.add_flag("--endless", endless, "and it never stops talking");
  app.add_option("--open", open_max, "at most so many at once");
  app.add_option("--seconds", seconds, "at most");
  app.add_option("--connections", connections, "at most");
  CLI11_PARSE(app, argc, argv);
  const auto target = flood::parse_address(to);
  const auto source = parse_ip(from);
  const auto bytes = flood::parse_bytes(words);
  const auto more_bytes = flood::parse_bytes(then);
  if (!target || !source.ok() || !source->is_v4() || !bytes || !more_bytes) {
    std::fprintf(stderr,
                 "connection_flood: --to, --from, --say or --then is not what it should be\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  Caller caller(*target, *source, *bytes, *more_bytes, endless, open_max);
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  uint64_t made = 0;
  double passed = 0;
  while (interrupted == 0 && made < connections && passed < seconds) {
    if (caller.connect_one()) ++made;
    if (made % 64 == 0) caller.go_on();
    passed = std::chrono::duration<double>(clock::now() - begin).count();
  }
  std::printf("{\"connections\": %llu, \"seconds\": %.2f}\n", static_cast<unsigned long long>(made),
              passed);
  return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
