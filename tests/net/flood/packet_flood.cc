// Packets as fast as the machine makes them: one datagram again and again, its end random each
// time, from one address and port that need not be ours, or from anywhere. Says how many, as JSON.
//
//   packet_flood --to 10.77.0.2:3478 [--from 10.77.0.1:5000] --payload HEX [--random 16] --seconds
//   5
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "tests/net/flood/options.h"

namespace sluice {
namespace {

constexpr std::size_t batch = 64;
constexpr std::size_t headers = wire::ipv4_header_length + wire::udp_header_length;
constexpr std::size_t payload_max = 1'400;
constexpr std::size_t frame_max = headers + payload_max;
constexpr std::size_t source_ip_at = 12;

volatile std::sig_atomic_t interrupted = 0;

// Bytes of the payload that are random in each packet.
struct Range {
  std::size_t offset = 0;
  std::size_t length = 0;
};

std::optional<Range> parse_range(std::string_view text, std::size_t size) {
  const auto colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const auto offset = flood::parse_number<std::size_t>(text.substr(0, colon));
  const auto length = flood::parse_number<std::size_t>(text.substr(colon + 1));
  if (!offset || !length || *offset > size || *length > size - *offset) return std::nullopt;
  return Range{*offset, *length};
}

class Sender {
 public:
  // from: port 0 is anywhere.
  Sender(const SocketAddress& to, const SocketAddress& from, const std::vector<uint8_t>& payload,
         std::vector<Range> ranges)
      : anywhere_(from.port == 0), template_(headers), ranges_(std::move(ranges)) {
    const IpAddress source = anywhere_ ? to.ip : from.ip;
    const wire::ByteSpan out(template_);
    wire::write_ipv4(out, {.source = source, .destination = to.ip},
                     wire::udp_header_length + payload.size());
    wire::write_udp(out.subspan(wire::ipv4_header_length), from.port, to.port, payload.size());
    template_.insert(template_.end(), payload.begin(), payload.end());
    socket_ = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    target_.sin_family = AF_INET;
    std::memcpy(&target_.sin_addr, to.ip.bytes.data(), 4);
    for (std::size_t i = 0; i < batch; ++i) {
      pieces_[i] = {packets_[i].data(), template_.size()};
      messages_[i].msg_hdr.msg_name = &target_;
      messages_[i].msg_hdr.msg_namelen = sizeof target_;
      messages_[i].msg_hdr.msg_iov = &pieces_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  ~Sender() {
    if (socket_ >= 0) close(socket_);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  bool ok() const { return socket_ >= 0; }
  // How many the kernel took.
  uint64_t send() {
    for (auto& packet : packets_) write(packet);
    const int sent = sendmmsg(socket_, messages_.data(), batch, 0);
    return sent > 0 ? static_cast<uint64_t>(sent) : 0;
  }

 private:
  // The kernel sums up the header; UDP goes without a checksum.
  void write(std::array<uint8_t, frame_max>& packet) {
    std::memcpy(packet.data(), template_.data(), template_.size());
    if (anywhere_) {
      const uint64_t r = random_();
      const uint8_t ip[] = {198, 51, static_cast<uint8_t>(r), static_cast<uint8_t>(r >> 8)};
      std::memcpy(packet.data() + source_ip_at, ip, sizeof ip);
      const uint8_t port[] = {static_cast<uint8_t>(r >> 16 | 4), static_cast<uint8_t>(r >> 24)};
      std::memcpy(packet.data() + wire::ipv4_header_length, port, sizeof port);
    }
    for (const Range& range : ranges_) {
      uint8_t* const at = packet.data() + headers + range.offset;
      for (std::size_t i = 0; i < range.length; ++i) at[i] = static_cast<uint8_t>(random_());
    }
  }

  bool anywhere_;
  std::vector<uint8_t> template_;
  std::vector<Range> ranges_;
  std::mt19937_64 random_{std::random_device{}()};
  int socket_ = -1;
  sockaddr_in target_{};
  std::array<std::array<uint8_t, frame_max>, batch> packets_{};
  std::array<iovec, batch> pieces_{};
  std::array<mmsghdr, batch> messages_{};
};

int run(int argc, char** argv) {
  std::string to, from, payload;
  std::vector<std::string> random;
  double seconds = 5;
  uint64_t packets = 20'000'000;
  CLI::App app("the same datagram, as often as the machine can send it");
  app.add_option("--to", to, "ADDRESS:PORT, IPv4")->required();
  app.add_option("--from", from, "ADDRESS:PORT; without it, anywhere");
  app.add_option("--payload", payload, "in hexadecimal digits")->required();
  app.add_option("--random", random, "OFFSET:LENGTH of what is random in each; any number of them");
  app.add_option("--seconds", seconds, "at most");
  app.add_option("--packets", packets, "at most");
  CLI11_PARSE(app, argc, argv);
  const auto target = flood::parse_address(to);
  const auto source = from.empty() ? std::optional(SocketAddress{}) : flood::parse_address(from);
  const auto bytes = flood::parse_bytes(payload);
  if (!target || !source || !bytes || bytes->size() > payload_max) {
    std::fprintf(stderr, "packet_flood: --to, --from or --payload is not what it should be\n");
    return 2;
  }
  std::vector<Range> ranges;
  for (const std::string& text : random) {
    const auto range = parse_range(text, bytes->size());
    if (!range) {
      std::fprintf(stderr, "packet_flood: --random %s is no part of the payload\n", text.c_str());
      return 2;
    }
    ranges.push_back(*range);
  }
  Sender sender(*target, *source, *bytes, std::move(ranges));
  if (!sender.ok()) {
    std::perror("packet_flood: raw socket");
    return 1;
  }
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  uint64_t sent = 0;
  double passed = 0;
  while (interrupted == 0 && sent < packets && passed < seconds) {
    sent += sender.send();
    passed = std::chrono::duration<double>(clock::now() - begin).count();
  }
  std::printf("{\"packets\": %llu, \"seconds\": %.2f}\n", static_cast<unsigned long long>(sent),
              passed);
  return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::run(argc, argv);
}
