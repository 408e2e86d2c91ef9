// golden_inputs CASES: writes in.pcap of every case below CASES. Run it when a case is added or its
// story changes, then `golden --update`. The files are what is tested; this is how they came to be.
#include <cstdio>
#include <filesystem>

#include "common/wire/arp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sr.h"
#include "tests/golden/script.h"
#include "tests/unit/dataplane/ring_port.h"

namespace {

using namespace sluice;
using namespace sluice::golden;
using Bytes = std::vector<uint8_t>;

constexpr uint8_t mid_extension = 4;
const SocketAddress stranger{test::ip("198.51.100.66"), 666, 0};
const IpAddress us = test::ip("192.0.2.1"), neighbour = test::ip("192.0.2.7");

Bytes icmp_echo(const IpAddress& from, bool good_checksum) {
  Bytes message = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'g', 'o', 'l', 'd'};
  wire::store_be16(message.data() + 2, wire::internet_checksum(message));
  message[2] ^= !good_checksum;
  Bytes packet(20 + message.size());
  wire::write_ipv4(packet, {.source = from, .destination = us, .protocol = 1}, message.size());
  std::ranges::copy(message, packet.begin() + 20);
  return test::ethernet_frame(test::our_mac, test::peer_mac, wire::ether_type_ipv4, packet);
}

Bytes arp_request(const IpAddress& target) {
  Bytes arp(wire::arp_length);
  wire::write_arp(arp, {.sender_mac = test::peer_mac,
                        .sender_ip = neighbour,
                        .target_mac = {},
                        .target_ip = target});
  return test::ethernet_frame(wire::mac_broadcast, test::peer_mac, wire::ether_type_arp, arp);
}

// What a link brings besides media: each frame in one counter, and the right ones answered.
void link_script(Script& s) {
  s.at_ms(1).gateways();
  s.at_ms(10).frame(arp_request(us));
  s.frame(arp_request(test::ip("192.0.2.8")));
  s.wait_ms(1).frame(icmp_echo(neighbour, true));
  s.frame(icmp_echo(neighbour, false));
  const Bytes stun = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  s.wait_ms(1).datagram(stranger, stun);
  s.datagram(stranger, {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1});
  s.datagram(stranger, {0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1});
  s.datagram(stranger, {64, 0, 0, 0});
  s.datagram(stranger, {});
  s.wait_ms(1).frame(test::udp_frame(stranger, {us, 53, 0}, stun));
  s.frame(test::udp_frame(stranger, {neighbour, 40'000, 0}, stun));
  s.frame(test::udp_frame(stranger, {us, 40'000, 0}, stun, 7));
  Bytes fragment = test::udp_frame(stranger, {us, 40'000, 0}, stun);
  fragment[20] = 0x20;
  s.frame(fragment);
  const Bytes whole = test::udp_frame(stranger, {us, 40'000, 0}, stun);
  for (std::size_t n = 0; n < whole.size(); n += 3) {
    s.wait_ms(1).frame({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)});
  }
}

void connect(Script& s, std::initializer_list<const char*> endpoints) {
  s.at_ms(1).gateways();
  s.at_ms(10);
  for (const char* e : endpoints) s.check(e);
  // Answered now that the gateway is known, and consent from then on.
  s.at_ms(60);
  for (const char* e : endpoints) s.check(e);
}

// Seldom, so that the run is long enough for reports.
rig::PacketSpec audio(uint64_t index, bool first) {
  rig::PacketSpec p{.ssrc = 0xa0d10,
                    .index = index,
                    .timestamp = static_cast<uint32_t>(index * 7'200),
                    .payload_type = 111,
                    .marker = first,
                    .mid_id = mid_extension,
                    .mid = "0"};
  p.payload = Bytes(60 + index % 40, static_cast<uint8_t>(index));
  return p;
}

void sender_report(Script& s, const char* endpoint, uint32_t ssrc, uint32_t rtp_timestamp,
                   uint64_t unix_ms) {
  Bytes sr(wire::sender_report_length);
  wire::write_sr(sr, {.sender = Ssrc(ssrc),
                      .ntp = ntp_from_unix(static_cast<UnixNs>(unix_ms) * ns_per_ms),
                      .rtp_timestamp = rtp_timestamp,
                      .packets = 5,
                      .octets = 300});
  s.rtcp(endpoint, sr);
}

// One microphone, three listeners under three suites; a report of the sender crosses.
void audio_script(Script& s) {
  connect(s, {"alice", "bob", "carol", "dave"});
  s.at_ms(100);
  for (uint64_t i = 0; i < 40; ++i) {
    // Across the wrap of the 16-bit sequence number.
    s.wait_ms(150).rtp("alice", audio(65'520 + i, i == 0));
    if (i == 5)
      sender_report(s, "alice", 0xa0d10, static_cast<uint32_t>((65'520 + i) * 7'200),
                    1'700'000'001'000);
  }
}

rig::PacketSpec video(uint64_t index, bool key_frame, std::size_t size) {
  rig::PacketSpec p{.ssrc = 0x71de0,
                    .index = index,
                    .timestamp = static_cast<uint32_t>(index * 3'000),
                    .marker = true,
                    .mid_id = mid_extension,
                    .mid = "1"};
  if (size != 0) p.payload = rig::vp8_payload(key_frame, static_cast<uint16_t>(index), size);
  return p;
}

// A camera with loss, reordering, padding, replay and forgery; a listener that asks for key frames.
void video_script(Script& s) {
  connect(s, {"alice", "bob"});
  s.at_ms(100).rtp("alice", video(500, false, 700));  // nobody can begin with it
  s.wait_ms(33).rtp("alice", video(501, true, 1'100));
  s.wait_ms(33).rtp("alice", video(502, false, 300));
  s.wait_ms(33).rtp("alice", video(504, false, 310));  // 503 is late
  s.wait_ms(5).rtp("alice", video(503, false, 320));
  s.repeat(false);
  s.repeat(true);
  auto padding = video(505, false, 0);
  padding.padding = 200;
  s.wait_ms(33).rtp("alice", padding);
  s.wait_ms(33).rtp("alice", video(507, false, 330));  // 506 is lost
  Bytes pli(12);
  wire::write_pli(pli, Ssrc(1), Ssrc(0x5000));
  s.wait_ms(5).rtcp("bob", pli);
  s.wait_ms(5).rtcp("bob", pli);
  s.wait_ms(700).rtcp("bob", pli);
  s.wait_ms(33).rtp("alice", video(508, true, 1'150));
  s.check("bob", "this is not the password of bob..");
}

// From an IPv4 publisher to an IPv6 listener far away: UDP checksums.
void ipv6_script(Script& s) {
  connect(s, {"alice", "bob"});
  s.at_ms(100);
  for (uint64_t i = 0; i < 10; ++i) s.wait_ms(50).rtp("alice", audio(i + 1, i == 0));
}

struct Case {
  const char* name;
  void (*write)(Script&);
};
constexpr Case cases[] = {{"link", link_script},
                          {"audio", audio_script},
                          {"video", video_script},
                          {"ipv6", ipv6_script},
                          {"vlan", ipv6_script}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: golden_inputs CASES\n");
    return 2;
  }
  for (const Case& c : cases) {
    const std::string directory = std::string(argv[1]) + "/" + c.name;
    const auto tables = read_tables(directory + "/tables.yaml");
    if (!tables) {
      std::fprintf(stderr, "%s\n", tables.error().message.c_str());
      return 1;
    }
    Script script(*tables);
    c.write(script);
    if (auto s = write_pcap(directory + "/in.pcap", script.frames()); !s) {
      std::fprintf(stderr, "%s\n", s.error().message.c_str());
      return 1;
    }
    std::printf("%s: %zu frames\n", c.name, script.frames().size());
  }
  return 0;
}
