#include "tests/unit/wire/samples.h"

#include <array>

#include "common/base/ip.h"
#include "common/wire/arp.h"
#include "common/wire/checksum.h"
#include "common/wire/ethernet.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/rtcp_bye.h"
#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_nack.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_remb.h"
#include "common/wire/rtcp_sdes.h"
#include "common/wire/rtcp_sr.h"
#include "common/wire/rtcp_twcc.h"
#include "common/wire/rtcp_xr.h"
#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/stun.h"
#include "common/wire/udp.h"
#include "tests/unit/wire/hex.h"

namespace sluice {
namespace {

using namespace wire;
using Bytes = std::vector<uint8_t>;

constexpr MacAddress mac_a{{0x02, 0, 0, 0, 0, 0x0a}};
constexpr MacAddress mac_b{{0x02, 0, 0, 0, 0, 0x0b}};
const IpAddress v4_a = *parse_ip("192.0.2.1"), v4_b = *parse_ip("198.51.100.2");
const IpAddress v6_a = *parse_ip("2001:db8::1"), v6_b = *parse_ip("2001:db8::2");

// What write(span) wrote into a large buffer.
template <class F>
Bytes written(F&& write) {
  Bytes out(1500);
  out.resize(write(ByteSpan(out)));
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes udp(const Bytes& payload) {
  return written([&](ByteSpan out) { return write_udp(out, 5000, 6000, payload.size()); }) +
         payload;
}

Bytes frame(uint16_t ether_type, const Bytes& payload, uint16_t vlan = 0) {
  return written(
             [&](ByteSpan out) { return write_ethernet(out, mac_a, mac_b, vlan, ether_type); }) +
         payload;
}

Bytes ipv4(uint8_t protocol, const Bytes& payload) {
  return written([&](ByteSpan out) {
           return write_ipv4(out, {.source = v4_a, .destination = v4_b, .protocol = protocol},
                             payload.size());
         }) +
         payload;
}

Bytes ipv6(uint8_t protocol, const Bytes& payload, uint8_t hop_limit = 64) {
  return written([&](ByteSpan out) {
           return write_ipv6(
               out,
               {.source = v6_a, .destination = v6_b, .protocol = protocol, .hop_limit = hop_limit},
               payload.size());
         }) +
         payload;
}

// Fills in the checksum at offset 2.
Bytes icmp(Bytes message) {
  store_be16(message.data() + 2, internet_checksum(message));
  return message;
}

Bytes icmpv6(Bytes message) {
  InternetSum s;
  s.add_pseudo_header(v6_a, v6_b, ip_protocol_icmpv6, static_cast<uint32_t>(message.size()));
  s.add(message);
  store_be16(message.data() + 2, s.checksum());
  return message;
}

void add_net(std::vector<WireSample>& all) {
  const auto add = [&](const char* name, Bytes b) {
    all.push_back({"ethernet", name, std::move(b)});
  };
  const Bytes stun_like = from_hex("000100002112a442");
  add("udp4", frame(ether_type_ipv4, ipv4(ip_protocol_udp, udp(stun_like))));
  add("udp4_vlan", frame(ether_type_ipv4, ipv4(ip_protocol_udp, udp(stun_like)), 7));
  add("udp4_options",
      frame(ether_type_ipv4, from_hex("460000240000400040110000c0000201c633640294040000") +
                                 udp(from_hex("80600001"))));
  add("udp6", frame(ether_type_ipv6, ipv6(ip_protocol_udp, udp(stun_like))));
  add("udp6_extensions",
      frame(ether_type_ipv6,
            ipv6(ipv6_hop_by_hop, from_hex("3c00010400000000 1100010400000000") + udp(stun_like))));
  add("fragment6",
      frame(ether_type_ipv6, ipv6(ipv6_fragment, from_hex("1100000100000001") + udp(stun_like))));
  add("arp", frame(ether_type_arp, written([](ByteSpan out) {
                     return write_arp(out, {ArpOperation::request, mac_a, v4_a, {}, v4_b});
                   })));
  add("echo4",
      frame(ether_type_ipv4, ipv4(ip_protocol_icmp, icmp(from_hex("0800000000010002 61626364")))));
  add("fragmentation_needed",
      frame(ether_type_ipv4, ipv4(ip_protocol_icmp, icmp(from_hex("03040000000004b0") +
                                                         ipv4(ip_protocol_udp, udp(Bytes(0)))))));
  add("echo6", frame(ether_type_ipv6,
                     ipv6(ip_protocol_icmpv6, icmpv6(from_hex("8000000000010002 61626364")))));
  add("packet_too_big", frame(ether_type_ipv6, ipv6(ip_protocol_icmpv6,
                                                    icmpv6(from_hex("0200000000000500") +
                                                           ipv6(ip_protocol_udp, udp(Bytes(0)))))));
  for (const bool advertisement : {false, true}) {
    Neighbor n{.is_advertisement = advertisement, .has_mac = true, .target = v6_b, .mac = mac_a};
    n.router = n.solicited = n.override = advertisement;
    add(advertisement ? "neighbor_advertisement" : "neighbor_solicitation",
        frame(ether_type_ipv6, ipv6(ip_protocol_icmpv6, written([&](ByteSpan out) {
                                      return write_neighbor(out, v6_a, v6_b, n);
                                    }),
                                    ndp_hop_limit)));
  }
}

void add_stun(std::vector<WireSample>& all) {
  const auto add = [&](const char* name, Bytes b) { all.push_back({"stun", name, std::move(b)}); };
  // RFC 5769 s2.1 to s2.4.
  add("rfc5769_request", from_hex("000100582112a442b7e7a701bc34d686fa87dfae802200105354554e20746573"
                                  "7420636c69656e74002400046e0001ff"
                                  "80290008932ff9b151263b36000600096576746a3a6836765920202000080014"
                                  "9aeaa70cbfd8cb56781ef2b5b2d3f249"
                                  "c1b571a280280004e57a3bcf"));
  add("rfc5769_response4",
      from_hex("0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f722000200008000"
               "1a147e112a643"
               "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"));
  add("rfc5769_response6", from_hex("010100482112a442b7e7a701bc34d686fa87dfae8022000b74657374207665"
                                    "63746f7220002000140002a1470113a9fa"
                                    "a5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c2"
                                    "75bfe3ed4180280004c8fb0b4c"));
  add("rfc5769_long_term",
      from_hex("000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b"
               "900000015001c"
               "662f2f3439396b39353464364f4c33346f4c39465354767936347341"
               "0014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666"));
  add("nominating", written([](ByteSpan out) {
        StunWriter w(out, StunType::binding_request, {1, 2, 3, 4});
        w.add_username("abcd:efgh");
        w.add_u64(StunAttribute::ice_controlling, 0x1122334455667788);
        w.add(StunAttribute::use_candidate, {});
        w.add_u32(StunAttribute::priority, 1853817087);
        (void)w.begin_integrity();
        w.add_fingerprint();
        return w.finish();
      }));
  add("error", written([](ByteSpan out) {
        StunWriter w(out, StunType::binding_error, {1, 2, 3, 4});
        w.add_error_code(420, "Unknown Attribute");
        w.add_unknown_attributes(std::array<uint16_t, 3>{0x7fff, 0x0030, 0x0031});
        return w.finish();
      }));
  add("unknown_attributes",
      from_hex("000100102112a44200000000000000000000000000300004010203047fff000100000000"));
}

void add_dtls(std::vector<WireSample>& all) {
  const Bytes hello =
      from_hex("16feff 0000 000000000000 0010 01000004 0000 000000 000004 fefd0000");
  const Bytes encrypted = from_hex("17fefd 0001 000000000007 0003 aabbcc");
  all.push_back({"dtls", "client_hello", hello});
  all.push_back({"dtls", "two_records", hello + encrypted});
  all.push_back({"dtls", "alert", from_hex("15fefd 0000 000000000001 0002 0228")});
}

void add_rtp(std::vector<WireSample>& all) {
  const auto add = [&](const char* name, Bytes b) { all.push_back({"rtp", name, std::move(b)}); };
  const std::array<uint32_t, 2> csrcs{0x01020304, 0x05060708};
  const auto packet = [&](bool two_byte) {
    return written([&](ByteSpan out) {
      const std::size_t head = write_rtp_header(
          out, {PayloadType(96), Seq16(0xfffe), 0x12345678, Ssrc(0xcafebabe), true, csrcs});
      RtpExtensionWriter w(out, head, two_byte);
      w.add(1, from_hex("95"));
      w.add(2, from_hex("30"));
      w.add(3, from_hex("0102"));
      w.add(4, from_hex("a1b2c3"));
      w.add(5, from_hex("00112233445566778899aabbccddeeff"));
      w.add(6, from_hex("0f"));
      if (two_byte) w.add(200, Bytes(40, 0x5a));
      const std::size_t length = w.finish();
      std::memcpy(out.data() + length, "payload", 7);
      return length + 7;
    });
  };
  add("plain", from_hex("806000010000000211223344 aabbccdd"));
  add("one_byte", packet(false));
  add("two_byte", packet(true));
  add("padding", from_hex("a0600001000000021122334400000000 00000008"));
  add("other_profile", from_hex("906000010000000211223344 abcd0001 01020304 aabb"));
  add("stop", from_hex("906000010000000211223344 bede0002 10ff00f0 01020304 aabb"));
}

void add_rtcp(std::vector<WireSample>& all) {
  const auto add = [&](const char* name, Bytes b) { all.push_back({"rtcp", name, std::move(b)}); };
  const std::array blocks{ReportBlock{Ssrc(1), 3, -2, 0x10005, 77, 0x8899aabb, 42},
                          ReportBlock{Ssrc(2), 255, 0x7fffff, 0xffffffff, 1, 0, 0}};
  const Bytes sr = written([&](ByteSpan out) {
    return write_sr(out, {Ssrc(9), 0xe0123456789abcde, 90'000, 1'000, 1'200'000}, blocks);
  });
  const Bytes rr = written([&](ByteSpan out) { return write_rr(out, Ssrc(9), blocks); });
  const Bytes sdes =
      written([](ByteSpan out) { return write_sdes_cname(out, Ssrc(9), "user@host"); });
  const std::array lost{Seq16(65530), Seq16(65535), Seq16(3), Seq16(40)};
  const std::array ssrcs{Ssrc(7), Ssrc(8)};
  const Bytes pli = written([](ByteSpan out) { return write_pli(out, Ssrc(1), Ssrc(2)); });
  std::vector<TwccPacket> packets;
  for (uint16_t i = 0; i < 60; i++) {
    packets.push_back(
        {Seq16(static_cast<uint16_t>(65500 + i)), i % 5 != 3, 5 * ns_per_s + i * i * ns_per_ms});
  }
  add("sr_sdes", sr + sdes);
  add("rr_pli", rr + pli);
  add("bye", written([&](ByteSpan out) { return write_bye(out, ssrcs); }));
  add("nack", written([&](ByteSpan out) { return write_nack(out, Ssrc(1), Ssrc(2), lost); }));
  add("fir", written([](ByteSpan out) { return write_fir(out, Ssrc(1), Ssrc(2), 5); }));
  add("remb", written([&](ByteSpan out) { return write_remb(out, Ssrc(1), 2'500'000, ssrcs); }));
  add("twcc",
      written([&](ByteSpan out) { return write_twcc(out, Ssrc(1), Ssrc(2), 3, packets).length; }));
  add("xr_rrtr",
      written([](ByteSpan out) { return write_xr_rrtr(out, Ssrc(1), 0x0102030405060708); }));
  add("xr_dlrr", written([](ByteSpan out) {
        return write_xr_dlrr(out, Ssrc(1),
                             std::array{DlrrItem{Ssrc(2), 3, 4}, DlrrItem{Ssrc(5), 6, 7}});
      }));
  add("padding", from_hex("a0c90002 00000009 00000004"));
  add("app", from_hex("80cc0002 00000009 61626364"));
}

void add_codecs(std::vector<WireSample>& all) {
  const auto add = [&](const char* format, const char* name, const char* hex) {
    all.push_back({format, name, from_hex(hex)});
  };
  add("vp8", "key_frame", "90e0812345205002009d012a8002e001");
  add("vp8", "short_id", "90b01265a1b2");
  add("vp8", "continuation", "00a1b2c3");
  add("vp9", "key_frame_structure", "aa8123000758 0140 00b4 0280 0168 0500 02d0 02 10 24 01 aabb");
  add("vp9", "flexible", "fc1253 0304 aa");
  add("vp9", "plain", "0ccc");
  add("h264", "idr", "65888421");
  add("h264", "stap_a", "78 0004 67420034 0002 68ce 0001 65");
  add("h264", "fu_a_start", "7c8588");
  add("h264", "fu_a_end", "7c4588");
  add("h264", "slice", "419a02");
  add("av1", "key_frame", "180a0b");
  add("av1", "continuation", "d0aabb");
  // From browsers: L1T3 with one chain, and L1T1 with a resolution. A length byte stands before
  // each descriptor.
  add("dependency_descriptor", "l1t3", "10 80012f800214eaa860414d1410208426 03 c20130 03 c40131");
  add("dependency_descriptor", "resolution", "0c 80000180003a40813f80ef80 03 c10002");
  add("dependency_descriptor", "custom",
      "10 80012f800214eaa860414d1410208426 08 c20130780008a020 04 c1013140");
}

}  // namespace

std::vector<WireSample> wire_samples() {
  std::vector<WireSample> all;
  add_net(all);
  add_stun(all);
  add_dtls(all);
  add_rtp(all);
  add_rtcp(all);
  add_codecs(all);
  return all;
}

}  // namespace sluice
