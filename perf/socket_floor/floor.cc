// The floor of socket SFUs: libsrtp on OpenSSL, one srtp_protect per packet and receiver under the
// receiver's own key, then UDP over loopback. A program of its own, because it links a libsrtp of
// its own (fetched and linked by the script `build` beside it).
//
//   floor SUITE RECEIVERS SIZE CORE      orders on standard input, answers on standard output
//
// What is timed is protect and send. A frame stays in the receiving socket's queue until 4,096 are
// there, as the worker's port holds its frames back, and is then read apart from the timing. In the
// floor's favour: packets leave by one socket from a few hot buffers, nobody waits for them, no
// driver follows, and reading does not touch their bytes. UDP_SEGMENT is measured twice: with a
// receiver like any other, for which the kernel has to cut the message, and with one that takes
// messages whole (UDP_GRO), as a NIC does that cuts them itself.
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <srtp2/srtp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "perf/core_pin.h"
#include "perf/socket_floor/talk.h"

namespace sluice::perf {
namespace {

constexpr std::size_t head_length = 16;   // fixed part and one CSRC
constexpr std::size_t held_back = 4'096;  // packets
constexpr std::size_t warm_up = 2'048;
constexpr std::size_t batch = 64;
constexpr std::size_t segments = 10;
constexpr std::size_t segment_batch = 16;
constexpr std::size_t key_length_max = 64;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

uint64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// One way of sending: its socket, and the one socket where everybody's packets arrive.
class Path {
 public:
  Path(uint16_t port, bool takes_whole);
  // Messages of so many packets each. False: the kernel refused some.
  bool send(std::span<mmsghdr> messages, std::size_t packets_each);
  // Reads what is there beyond the newest 4,096 packets. False: some got lost.
  bool hold_back();
  uint16_t port() const { return port_; }

 private:
  uint16_t port_;
  int out_ = socket(AF_INET, SOCK_DGRAM, 0);
  int in_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  bool takes_whole_;
  std::size_t queued_ = 0;        // datagrams to read
  std::size_t most_ = held_back;  // of them
};

Path::Path(uint16_t port, bool takes_whole) : port_(port), takes_whole_(takes_whole) {
  const int whole = takes_whole, room = 64 << 20;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  if (out_ < 0 || in_ < 0 ||
      setsockopt(out_, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0 ||
      setsockopt(in_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
      setsockopt(in_, IPPROTO_UDP, UDP_GRO, &whole, sizeof whole) != 0 ||
      bind(in_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
    fail("floor: sockets");
}

bool Path::send(std::span<mmsghdr> messages, std::size_t packets_each) {
  const int n = sendmmsg(out_, messages.data(), static_cast<unsigned>(messages.size()), 0);
  if (n <= 0) fail("floor: sendmmsg");
  const std::size_t datagrams = takes_whole_ ? 1 : packets_each;
  queued_ += static_cast<std::size_t>(n) * datagrams;
  most_ = held_back * datagrams / packets_each;
  return static_cast<std::size_t>(n) == messages.size();
}

bool Path::hold_back() {
  std::array<mmsghdr, batch> read{};
  while (queued_ > most_) {
    const auto most = static_cast<unsigned>(std::min(batch, queued_ - most_));
    const int n = recvmmsg(in_, read.data(), most, MSG_TRUNC, nullptr);
    if (n <= 0) {
      queued_ = 0;
      return false;
    }
    queued_ -= static_cast<std::size_t>(n);
  }
  return true;
}

srtp_policy_t policy_of(std::string_view suite, uint8_t* key) {
  srtp_policy_t p{};
  if (suite == "aes128gcm") {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&p.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&p.rtcp);
  } else if (suite == "aes256gcm") {
    srtp_crypto_policy_set_aes_gcm_256_16_auth(&p.rtp);
    srtp_crypto_policy_set_aes_gcm_256_16_auth(&p.rtcp);
  } else {
    srtp_crypto_policy_set_rtp_default(&p.rtp);
    srtp_crypto_policy_set_rtcp_default(&p.rtcp);
  }
  p.key = key;
  p.window_size = 128;
  return p;
}

class Floor {
 public:
  Floor(std::string_view suite, uint32_t receivers, std::size_t size);
  BlockAnswer run(const BlockOrder& order);

 private:
  struct Receiver {
    srtp_t session;
    sockaddr_in address;
    uint16_t seq;
  };
  void protect(uint32_t receiver, uint8_t* to);
  void prove_one_packet(srtp_policy_t policy);
  std::size_t send_batch(Path& path, uint32_t packets_per_visit);
  std::size_t send_segments(Path& path, std::size_t packets_each);
  uint32_t next_receiver() { return next_ = next_ + 1 == receivers_.size() ? 0 : next_ + 1; }

  std::size_t size_;
  std::size_t clear_size_;
  std::array<Path, socket_ways> paths_{Path{50'000, false}, Path{50'001, false},
                                       Path{50'002, true}};
  std::vector<uint8_t> source_;
  std::vector<uint8_t> buffers_;
  std::vector<Receiver> receivers_;
  uint32_t next_ = 0;
  uint32_t in_visit_ = 0;
  bool lost_ = false;
};

Floor::Floor(std::string_view suite, uint32_t receivers, std::size_t size)
    : size_(size), clear_size_(size - (suite == "aescm" ? 10 : 16)) {
  if (srtp_init() != srtp_err_status_ok) fail("floor: srtp_init");
  source_.assign(clear_size_, 0x5a);
  std::memset(source_.data(), 0, head_length);
  source_[0] = 0x81;  // version 2, one CSRC
  source_[1] = 96;
  // The largest batch, and room for a trailer behind the last packet.
  buffers_.resize(segment_batch * 64 * size_ + SRTP_MAX_TRAILER_LEN);
  std::mt19937 random(1);
  receivers_.resize(receivers);
  for (uint32_t i = 0; i < receivers; ++i) {
    std::array<uint8_t, key_length_max> key;
    for (uint8_t& byte : key) byte = static_cast<uint8_t>(random());
    srtp_policy_t policy = policy_of(suite, key.data());
    policy.ssrc = {ssrc_specific, 0x10000 + i};
    Receiver& r = receivers_[i];
    if (srtp_create(&r.session, &policy) != srtp_err_status_ok) fail("floor: srtp_create");
    r.address = {};
    r.address.sin_family = AF_INET;
    r.address.sin_addr.s_addr = htonl(0x7f01'0000 + i);  // 127.1.0.0 on: all of 127/8 is local
    r.seq = static_cast<uint16_t>(random() & 0x7fff);
    if (i == 0) prove_one_packet(policy);
  }
}

// A floor that sends anything but SRTP proves nothing.
void Floor::prove_one_packet(srtp_policy_t policy) {
  srtp_t session;
  auto length = static_cast<int>(size_);
  protect(0, buffers_.data());
  if (srtp_create(&session, &policy) != srtp_err_status_ok ||
      srtp_unprotect(session, buffers_.data(), &length) != srtp_err_status_ok ||
      static_cast<std::size_t>(length) != clear_size_ ||
      std::memcmp(buffers_.data() + head_length, source_.data() + head_length,
                  clear_size_ - head_length) != 0)
    fail("floor: its own packet does not decrypt");
  srtp_dealloc(session);
}

void Floor::protect(uint32_t receiver, uint8_t* to) {
  Receiver& r = receivers_[receiver];
  std::memcpy(to, source_.data(), clear_size_);
  ++r.seq;
  const uint16_t seq = htons(r.seq);
  const uint32_t ssrc = htonl(0x10000 + receiver);
  std::memcpy(to + 2, &seq, sizeof seq);
  std::memcpy(to + 8, &ssrc, sizeof ssrc);
  auto length = static_cast<int>(clear_size_);
  if (srtp_protect(r.session, to, &length) != srtp_err_status_ok) fail("floor: srtp_protect");
}

std::size_t Floor::send_batch(Path& path, uint32_t packets_per_visit) {
  std::array<mmsghdr, batch> messages{};
  std::array<iovec, batch> parts;
  for (std::size_t i = 0; i < batch; ++i) {
    if (in_visit_++ >= packets_per_visit) {
      next_receiver();
      in_visit_ = 1;
    }
    uint8_t* to = buffers_.data() + i * size_;
    protect(next_, to);
    receivers_[next_].address.sin_port = htons(path.port());
    parts[i] = {to, size_};
    messages[i].msg_hdr.msg_name = &receivers_[next_].address;
    messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  lost_ |= !path.send(messages, 1);
  return batch;
}

std::size_t Floor::send_segments(Path& path, std::size_t each) {
  std::array<mmsghdr, segment_batch> messages{};
  std::array<iovec, segment_batch> parts;
  alignas(cmsghdr) std::array<std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t))>, segment_batch>
      control{};
  for (std::size_t i = 0; i < segment_batch; ++i) {
    const uint32_t receiver = next_receiver();
    uint8_t* to = buffers_.data() + i * each * size_;
    for (std::size_t s = 0; s < each; ++s) protect(receiver, to + s * size_);
    parts[i] = {to, each * size_};
    receivers_[receiver].address.sin_port = htons(path.port());
    msghdr& m = messages[i].msg_hdr;
    m.msg_name = &receivers_[receiver].address;
    m.msg_namelen = sizeof(sockaddr_in);
    m.msg_iov = &parts[i];
    m.msg_iovlen = 1;
    m.msg_control = control[i].data();
    m.msg_controllen = control[i].size();
    cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto segment = static_cast<uint16_t>(size_);
    std::memcpy(CMSG_DATA(c), &segment, sizeof segment);
  }
  lost_ |= !path.send(messages, each);
  return segment_batch * each;
}

BlockAnswer Floor::run(const BlockOrder& order) {
  const std::size_t each = std::max<std::size_t>(segments, order.packets_per_visit);
  Path& path = paths_[static_cast<std::size_t>(order.way) % socket_ways];
  BlockAnswer a;
  lost_ = false;
  std::size_t before = 0;  // packets that only warm up
  while (a.ns < order.ns) {
    const int64_t interrupted = interruptions();
    const uint64_t begin = now_ns();
    const std::size_t sent = order.way == SocketWay::sendmmsg
                                 ? send_batch(path, order.packets_per_visit)
                                 : send_segments(path, each);
    const uint64_t took = now_ns() - begin;
    if (before < warm_up) {
      before += sent;
    } else if (interruptions() == interrupted) {
      a.ns += took;
      a.packets += sent;
    }
    lost_ |= !path.hold_back();
  }
  a.lost = lost_;
  return a;
}

bool answer(const BlockAnswer& a) {
  return write(STDOUT_FILENO, &a, sizeof a) == sizeof a;
}

int run(char** argv) {
  const auto receivers = static_cast<uint32_t>(std::atoi(argv[2]));
  const auto size = static_cast<std::size_t>(std::atoi(argv[3]));
  if (!pin_to_core(static_cast<uint32_t>(std::atoi(argv[4])))) return 1;
  Floor floor(argv[1], receivers, size);
  BlockOrder order;
  bool heard = answer({});
  while (heard && read(STDIN_FILENO, &order, sizeof order) == sizeof order)
    heard = answer(floor.run(order));
  return 0;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  if (argc == 5) return sluice::perf::run(argv);
  std::fprintf(stderr, "floor SUITE RECEIVERS SIZE CORE: started by build/perf/fanout\n");
  return 2;
}
