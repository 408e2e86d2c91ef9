// Every rule of the file with an example that breaks it: where the fault is reported, and what it
// says.
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

#include "common/config/config.h"

namespace sluice::config {
namespace {

struct Refusal {
  const char* name;
  const char* text;   // lines 1.. of the file; the port below follows unless the text has its own
  const char* place;  // LINE:COLUMN
  const char* says;   // part of the line
};
std::ostream& operator<<(std::ostream& o, const Refusal& r) {
  return o << r.name;
}

constexpr const char* least_port =
    "dataplane: {ports: [{name: a, device: net_null0, addresses: [192.0.2.10/24]}]}\n";

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, with_place_and_remedy) {
  const Refusal& r = GetParam();
  std::string text = r.text;
  if (text.find("dataplane:") == std::string::npos) text += least_port;
  const auto config = load_text(text, "f.yaml");
  ASSERT_FALSE(config.ok());
  std::istringstream lines(config.error().message);
  bool found = false;
  for (std::string line; std::getline(lines, line);) {
    found = found || (line.starts_with(std::string("f.yaml:") + r.place + ": ") &&
                      line.find(r.says) != std::string::npos);
  }
  EXPECT_TRUE(found) << "wanted at " << r.place << ": " << r.says << "\n" << config.error().message;
}

std::string name_of_case(const testing::TestParamInfo<Refusal>& i) {
  return i.param.name;
}

const Refusal root_rules[] = {
    {"unknown_key", "instanse: a\n", "1:1", "unknown key \"instanse\"; did you mean instance?"},
    {"unknown_key_lists_the_known", "zzzzzzzzzzzz: a\n", "1:1",
     "known here: instance, region, capacities, dataplane, control or ice_tcp"},
    {"unknown_key_below", "region:\n  dirctory: /x\n", "2:3",
     "region: unknown key \"dirctory\"; did you mean directory?"},
    {"key_twice", "instance: a\ninstance: b\n", "2:1", "stands twice; the first is in line 1"},
    {"key_twice_below", "capacities:\n  tracks: 1\n  streams: 1\n  tracks: 2\n", "4:3",
     "capacities.\"tracks\": stands twice; the first is in line 2"},
    {"key_no_word", "? [a]\n: b\n", "1:3", "a key must be a word"},
    {"instance_text", "instance: Hello World\n", "1:11", "instance: \"Hello World\" names files"},
    {"instance_is_list", "instance: [a]\n", "1:11", "instance: is a list; needs a text"},
    {"relative_path", "region: {directory: run/x}\n", "1:21",
     "region.directory: \"run/x\" is no absolute path"},
    {"section_is_text", "capacities: many\n", "1:13", "capacities: is no section"},
    {"second_document", "instance: a\n---\ninstance: b\n", "2:1", "a second document begins"},
    {"begins_with_a_comma", ", a: b\n", "1:1", "a second document begins"},
    {"no_yaml", "instance: [a\n", "2:10", "is no YAML"},
    {"tab", "region:\n\tdirectory: /x\n", "2:11", "is no YAML"},
};
INSTANTIATE_TEST_SUITE_P(Root, Refused, testing::ValuesIn(root_rules), name_of_case);

const Refusal value_rules[] = {
    {"number_is_text", "capacities: {tracks: many}\n", "1:22",
     "capacities.tracks: is \"many\"; needs a whole number, 1 to 16777216"},
    {"number_is_quoted", "capacities: {tracks: \"12\"}\n", "1:22",
     "is the text \"12\"; needs a whole number"},
    {"number_has_a_tail", "capacities: {tracks: 12k}\n", "1:22",
     "is \"12k\"; needs a whole number"},
    {"number_is_hexadecimal", "capacities: {tracks: 0x10}\n", "1:22", "needs a whole number"},
    {"number_is_real", "capacities: {tracks: 1.5}\n", "1:22", "is \"1.5\"; needs a whole number"},
    {"number_is_missing", "capacities:\n  tracks:\n", "2:3", "is empty; needs a whole number"},
    {"number_is_section", "capacities: {tracks: {a: 1}}\n", "1:22",
     "is a section; needs a whole number"},
    {"number_zero", "capacities: {tracks: 0}\n", "1:22",
     "\"0\" is out of range; needs 1 to 16777216"},
    {"number_negative", "capacities: {tracks: -1}\n", "1:22", "\"-1\" is out of range"},
    {"number_too_large", "capacities: {tracks: 16777217}\n", "1:22",
     "out of range; needs 1 to 16777216"},
    {"number_beyond_64_bits", "capacities: {tracks: 99999999999999999999999}\n", "1:22",
     "out of range"},
    {"no_power_of_two", "capacities: {news: 1000}\n", "1:20",
     "1000 is no power of two; 512 or 1024 would be"},
    {"ring_too_large", "capacities: {events: 2097152}\n", "1:22",
     "a power of two from 2 to 1048576"},
};
INSTANTIATE_TEST_SUITE_P(Values, Refused, testing::ValuesIn(value_rules), name_of_case);

const Refusal dataplane_rules[] = {
    {"no_ports", "dataplane: {hugepages: true}\n", "1:12", "dataplane.ports: is missing"},
    {"empty_ports", "dataplane: {ports: []}\n", "1:20",
     "dataplane.ports: holds 0 ports; needs 1 to 8"},
    {"ports_no_list", "dataplane: {ports: eth0}\n", "1:20", "needs a list"},
    {"boolean_word", "dataplane: {hugepages: yes}\n", "1:24", "is \"yes\"; needs true or false"},
    {"duplicate_core", "dataplane: {workers: {cores: [1, 2, 1]}}\n", "1:37",
     "core 1 has a worker already"},
    {"no_core", "dataplane: {workers: {cores: []}}\n", "1:30", "names no core"},
    {"core_text", "dataplane: {workers: {cores: [a]}}\n", "1:31",
     "dataplane.workers.cores[0]: is \"a\""},
    {"core_no_list", "dataplane: {workers: {cores: 1}}\n", "1:30", "is \"1\"; needs a list"},
    {"idle_word", "dataplane: {idle: sleep}\n", "1:19", "needs poll, or {sleep_us: N}"},
    {"idle_zero", "dataplane: {idle: {sleep_us: 0}}\n", "1:30", "out of range; needs 1 to 10000"},
    {"idle_nothing", "dataplane: {idle: {}}\n", "1:19", "dataplane.idle.sleep_us: is missing"},
    {"engine", "dataplane: {srtp_engine: libstrp}\n", "1:26", "did you mean libsrtp?"},
    {"udp_port", "dataplane: {udp_port_base: 70000}\n", "1:28", "out of range; needs 1 to 65535"},
    {"udp_port_overflow", "dataplane: {udp_port_base: 65535, workers: {cores: [1, 2]}}\n", "1:12",
     "dataplane.ports: is missing"},
    {"log_size", "dataplane: {track_log: {video_packets: 1000}}\n", "1:40", "is no power of two"},
    {"key_frame_interval", "dataplane: {key_frame_interval_ms: 1}\n", "1:36", "needs 100 to 60000"},
};
INSTANTIATE_TEST_SUITE_P(Dataplane, Refused, testing::ValuesIn(dataplane_rules), name_of_case);

// The key under test stands in line 3 of these.
#define PORT(more) "dataplane:\n  ports:\n    - {" more "}\n"
#define NULL_PORT(more) PORT("name: a, device: net_null0, " more)
const Refusal port_rules[] = {
    {"no_name", PORT("device: net_null0, addresses: [192.0.2.1/24]"), "3:7",
     "ports[0].name: is missing"},
    {"long_name",
     PORT("name: 01234567890123456789012345678901, device: net_null0, addresses: [192.0.2.1/24]"),
     "3:14", "does not fit; needs 1 to 31 characters"},
    {"no_device", PORT("name: a, addresses: [192.0.2.1/24]"), "3:7", "ports[0].device: is missing"},
    {"device", PORT("name: a, device: eth0, addresses: [192.0.2.1/24]"), "3:25",
     "\"eth0\" is no device; needs a PCI address like 0000:03:00.1 or a virtual device"},
    {"device_driver", PORT("name: a, device: net_tab0, addresses: [192.0.2.1/24]"), "3:25",
     "did you mean net_tap0?"},
    {"device_interface", PORT("name: a, device: net_af_packet0, addresses: [192.0.2.1/24]"), "3:25",
     "needs an interface; write net_af_packet0,iface=NAME"},
    {"no_addresses", PORT("name: a, device: net_null0"), "3:7", "ports[0].addresses: is missing"},
    {"empty_addresses", NULL_PORT("addresses: []"), "3:47", "holds 0 addresses; needs 1 to 4"},
    {"no_prefix", NULL_PORT("addresses: [192.0.2.1]"), "3:48", "has no prefix length"},
    {"prefix", NULL_PORT("addresses: [192.0.2.1/33]"), "3:48",
     "impossible prefix length; needs 1 to 32"},
    {"address", NULL_PORT("addresses: [192.0.2.256/24]"), "3:48", "is no address"},
    {"multicast", NULL_PORT("addresses: [224.0.0.1/24]"), "3:48", "is no address of a host"},
    {"gateway", NULL_PORT("addresses: [192.0.2.1/24], gateways: [x]"), "3:74", "is no address"},
    {"second_gateway", NULL_PORT("addresses: [192.0.2.1/24], gateways: [192.0.2.2, 192.0.2.3]"),
     "3:85", "is a second IPv4 gateway"},
    {"gateway_without_address", NULL_PORT("addresses: [192.0.2.1/24], gateways: [\"2001:db8::1\"]"),
     "3:74", "the port has no IPv6 address"},
    {"gateway_elsewhere", NULL_PORT("addresses: [192.0.2.1/24], gateways: [198.51.100.1]"), "3:74",
     "198.51.100.1 is in the network of no address"},
    {"family_without_gateway", NULL_PORT("addresses: [192.0.2.1/32]"), "3:7",
     "gateways: no IPv4 gateway, and 192.0.2.1 is alone in its prefix"},
    {"advertise_count",
     NULL_PORT("addresses: [192.0.2.1/24, 192.0.2.2/24], advertise: [198.51.100.1]"), "3:88",
     "holds 1 addresses for 2 of the port"},
    {"advertise_family", NULL_PORT("addresses: [192.0.2.1/24], advertise: [\"2001:db8::1\"]"),
     "3:75", "is of another family"},
    {"vlan", NULL_PORT("addresses: [192.0.2.1/24], vlan: 4095"), "3:69", "needs 0 to 4094"},
    {"mtu", NULL_PORT("addresses: [192.0.2.1/24], mtu: 100"), "3:68", "needs 576 to 9600"},
    {"mtu_of_ipv6", NULL_PORT("addresses: [\"2001:db8::1/64\"], mtu: 1000"), "3:72",
     "too small for IPv6"},
    {"mac", NULL_PORT("addresses: [192.0.2.1/24], mac: 2:0:0:0:0:1"), "3:68", "is no MAC address"},
    {"mac_multicast", NULL_PORT("addresses: [192.0.2.1/24], mac: 01:00:5e:00:00:01"), "3:68",
     "is no address of one device"},
    {"descriptors", NULL_PORT("addresses: [192.0.2.1/24], rx_descriptors: 1000"), "3:79",
     "is no power of two"},
    {"dscp", NULL_PORT("addresses: [192.0.2.1/24], dscp: {audio: 64}"), "3:77",
     "ports[0].dscp.audio: \"64\" is out of range; needs 0 to 63"},
    {"dscp_name", NULL_PORT("addresses: [192.0.2.1/24], dscp: {voice: 46}"), "3:70",
     "known here: audio, video or control"},
    {"dscp_number", NULL_PORT("addresses: [192.0.2.1/24], dscp: 46"), "3:69", "is no section"},
    {"port_unknown_key", NULL_PORT("addresses: [192.0.2.1/24], gateway: 192.0.2.2"), "3:63",
     "ports[0]: unknown key \"gateway\"; did you mean gateways?"},
};
#undef NULL_PORT
#undef PORT
INSTANTIATE_TEST_SUITE_P(Port, Refused, testing::ValuesIn(port_rules), name_of_case);

// Line 1 and 2 are sound; line 3 contradicts one of them.
const Refusal relation_rules[] = {
    {"same_name",
     "dataplane: {ports: [\n {name: a, device: net_null0, addresses: [192.0.2.1/24]},\n"
     " {name: a, device: net_null1, addresses: [192.0.2.2/24]}]}\n",
     "3:2", "a port named \"a\" stands above"},
    {"same_device",
     "dataplane: {ports: [\n {name: a, device: \"net_tap0,iface=x\", addresses: [192.0.2.1/24]},\n"
     " {name: b, device: \"net_tap0,iface=y\", addresses: [192.0.2.2/24]}]}\n",
     "3:2", "has the device \"net_tap0\" already"},
    {"same_address",
     "dataplane: {ports: [\n {name: a, device: net_null0, addresses: [192.0.2.1/24]},\n"
     " {name: b, device: net_null1, addresses: [192.0.2.1/25]}]}\n",
     "3:2", "has the address 192.0.2.1 already"},
    {"udp_ports_run_out",
     "dataplane:\n  workers: {cores: [1, 2]}\n  udp_port_base: 65535\n"
     "  ports: [{name: a, device: net_null0, addresses: [192.0.2.1/24]}]\n",
     "3:18", "leaves no port for the last of 2 workers; needs at most 65534"},
    {"pool_too_small",
     "dataplane:\n  ports: [{name: a, device: net_null0, addresses: [192.0.2.1/24]}]\n"
     "  mbufs_per_worker: 2048\n",
     "3:21", "do not fill the queues of the ports; needs more than 2048"},
};
INSTANTIATE_TEST_SUITE_P(Relation, Refused, testing::ValuesIn(relation_rules), name_of_case);

const Refusal control_rules[] = {
    {"no_listener", "control: {listen: []}\n", "1:19", "control.listen: names no listener"},
    {"listener_address", "control: {listen: [{address: here, port: 1}]}\n", "1:30",
     "\"here\" is no address"},
    {"listener_no_address", "control: {listen: [{port: 1}]}\n", "1:20",
     "listen[0].address: is missing"},
    {"listener_no_port", "control: {listen: [{address: 127.0.0.1}]}\n", "1:20", "port: is missing"},
    {"listener_port", "control: {listen: [{address: 127.0.0.1, port: 0}]}\n", "1:47",
     "needs 1 to 65535"},
    {"plain_http", "control: {listen: [{address: 0.0.0.0, port: 80}]}\n", "1:30",
     "0.0.0.0 without tls is not loopback"},
    {"plain_http_ipv6", "control: {listen: [{address: \"2001:db8::1\", port: 80}]}\n", "1:30",
     "without tls is not loopback"},
    {"tls_without_key",
     "control: {listen: [{address: \"::\", port: 443, tls: {certificate_file: /c}}]}\n", "1:52",
     "tls.private_key_file: is missing"},
    {"tls_empty", "control: {listen: [{address: \"::\", port: 443, tls: {}}]}\n", "1:52",
     "tls.certificate_file: is missing"},
    {"listener_twice",
     "control: {listen: [{address: \"::1\", port: 80},\n {address: \"::1\", port: 80}]}\n", "2:2",
     "[::1]:80 stands twice"},
    {"url", "control: {public_url: meet.example.org}\n", "1:23", "is no URL"},
    {"url_scheme_only", "control: {public_url: \"https://\"}\n", "1:23", "is no URL"},
    {"url_slash", "control: {public_url: https://meet.example.org/}\n", "1:23",
     "is not the base of a URL"},
    {"socket_path",
     "control:\n  admin_socket: "
     "/0123456789012345678901234567890123456789012345678901234567890123456789"
     "01234567890123456789012345678901234567\n",
     "2:17", "109 characters are too long for a Unix socket"},
    {"key_file", "control: {api_key_files: [key]}\n", "1:27", "is no absolute path"},
    {"profile", "control: {srtp_profiles: [AEAD_AES_265_GCM]}\n", "1:27",
     "did you mean AEAD_AES_256_GCM?"},
    {"profile_twice", "control: {srtp_profiles: [AEAD_AES_256_GCM, AEAD_AES_256_GCM]}\n", "1:45",
     "stands twice"},
    {"profile_none", "control: {srtp_profiles: []}\n", "1:26", "is empty; needs at least one"},
    {"codec", "control: {codecs: [vp8]}\n", "1:20", "did you mean VP8?"},
    {"codec_unknown", "control: {codecs: [theora]}\n", "1:20",
     "known: opus, VP8, VP9, H264 or AV1"},
    {"codec_list", "control: {codecs: [[VP8]]}\n", "1:20", "is a list; needs opus, VP8"},
    {"limits", "control: {limits: {meetings: 0}}\n", "1:30", "needs 1 to 1000000"},
    {"participants", "control: {limits: {participants_per_meeting: 1}}\n", "1:46",
     "needs 2 to 100000"},
    {"token_lifetime", "control: {token_lifetime_s: 1}\n", "1:29", "needs 60 to 604800"},
    {"turn_url", "control: {turn: {urls: [\"stun:a:1\"], secret_file: /s}}\n", "1:25",
     "is no TURN server; write it like turn:turn.example.org:3478"},
    {"turn_url_quote", "control: {turn: {urls: ['turn:a:1\"; rel=\"next'], secret_file: /s}}\n",
     "1:25", "is no TURN server; write it like turn:turn.example.org:3478"},
    {"turn_lifetime", "control: {turn: {lifetime_s: 5}}\n", "1:30", "needs 600 to 604800"},
    {"dtls_threads", "control: {dtls_threads: 65}\n", "1:25", "needs 1 to 64"},
    {"feedback", "control: {receiver_feedback: twcc}\n", "1:30",
     "known: auto, transport_wide or reports"},
    {"feedback_audience", "control: {transport_wide_audience_max: many}\n", "1:40",
     "needs a whole number, 0 to 100000"},
    {"log_level", "control: {log_level: warn}\n", "1:22",
     "\"warn\" is not known; did you mean warning?"},
    {"dataplane_log_level",
     "dataplane: {log_level: verbose, ports: [{name: a, device: net_null0, "
     "addresses: [192.0.2.1/24]}]}\n",
     "1:24", "\"verbose\" is not known"},
    {"ice_tcp_log_level", "ice_tcp: {log_level: Debug}\n", "1:22", "\"Debug\" is not known"},
    {"metrics_network", "control: {metrics_networks: [10.0.0.1/8]}\n", "1:30",
     "the network is 10.0.0.0/8"},
    {"control_unknown_key", "control: {listener: []}\n", "1:11", "did you mean listen?"},
};
INSTANTIATE_TEST_SUITE_P(Control, Refused, testing::ValuesIn(control_rules), name_of_case);

const Refusal ice_tcp_rules[] = {
    {"no_address", "ice_tcp: {listen: [{port: 443}]}\n", "1:20", "address: is missing"},
    {"no_port", "ice_tcp: {listen: [{address: 192.0.2.1}]}\n", "1:20", "port: is missing"},
    {"any_address", "ice_tcp: {listen: [{address: 0.0.0.0, port: 443}]}\n", "1:30",
     "0.0.0.0 is no address that browsers could be told; add advertise"},
    {"advertise", "ice_tcp: {listen: [{address: 192.0.2.1, port: 443, advertise: a}]}\n", "1:63",
     "\"a\" is no address"},
    {"advertise_family", "ice_tcp: {listen: [{address: 192.0.2.1, port: 443, advertise: '::1'}]}\n",
     "1:63", "is of another family"},
    {"last_port",
     "ice_tcp: {listen: [{address: 192.0.2.1, port: 65535}]}\n"
     "dataplane:\n  workers: {cores: [1, 2]}\n"
     "  ports: [{name: a, device: net_null0, addresses: [192.0.2.10/24]}]\n",
     "1:47", "65535 leaves no room for a port for each of 2 workers"},
    {"overlap",
     "ice_tcp: {listen: [{address: 192.0.2.1, port: 443}, {address: 192.0.2.1, port: 444}]}\n"
     "dataplane:\n  workers: {cores: [1, 2]}\n"
     "  ports: [{name: a, device: net_null0, addresses: [192.0.2.10/24]}]\n",
     "1:53", "takes ports of another one"},
    {"metrics_no_port", "ice_tcp: {metrics_listen: [{address: 127.0.0.1}]}\n", "1:28",
     "port: is missing"},
    {"metrics_address", "ice_tcp: {metrics_listen: [{address: localhost, port: 9464}]}\n", "1:38",
     "\"localhost\" is no address"},
    {"metrics_twice",
     "ice_tcp: {metrics_listen: [{address: '::1', port: 1}, {address: '::1', port: 1}]}\n", "1:55",
     "[::1]:1 stands twice"},
    {"ice_tcp_metrics_network", "ice_tcp: {metrics_networks: [10.0.0.1/8]}\n", "1:30",
     "the network is 10.0.0.0/8"},
    {"connections", "ice_tcp: {connections_max: 0}\n", "1:28", "needs 1 to 1000000"},
};
INSTANTIATE_TEST_SUITE_P(IceTcp, Refused, testing::ValuesIn(ice_tcp_rules), name_of_case);

}  // namespace
}  // namespace sluice::config
