// The configuration of one instance: both daemons and the CLI read the same YAML file
// (conf/sluice.yaml).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ip.h"
#include "common/base/result.h"
#include "common/base/srtp_profile.h"
#include "common/shm/region.h"

namespace sluice::config {

// An address on the media network with its prefix length.
struct InterfaceAddress {
  IpAddress ip;
  uint8_t prefix_length = 0;
};

// Differentiated services code points (RFC 2474) of what is sent, 0 to 63. RFC 8837 s5, medium
// priority: EF and AF42.
struct Dscp {
  uint8_t audio = 46;
  uint8_t video = 36;
  uint8_t control = 0;  // STUN, DTLS, RTCP
};

struct Port {
  std::string name;    // for operators: counters, logs, sluicectl
  std::string device;  // "0000:03:00.1" (PCI) or a DPDK vdev: "net_af_packet0,iface=sluice0",
                       // "net_tap0,iface=...", ...
  std::vector<InterfaceAddress> addresses;
  std::vector<IpAddress> gateways;  // at most one per family
  std::vector<IpAddress>
      advertise;      // candidates instead of `addresses` (1:1 NAT); same order and families
  uint16_t vlan = 0;  // 0 = untagged
  uint16_t mtu = 1500;
  bool shared_with_kernel =
      false;        // the kernel answers ARP, NDP, ICMP; only our UDP ports are ours
  std::string mac;  // empty = the device's own
  uint16_t rx_descriptors = 1024;
  uint16_t tx_descriptors = 1024;
  Dscp dscp;
};

struct Dataplane {
  std::vector<uint32_t> cores = {1};  // one worker per entry, pinned
  uint32_t idle_sleep_us = 0;         // 0 = poll (idle: poll)
  bool hugepages = true;              // false = --no-huge
  uint32_t memory_mib = 512;          // of EAL
  bool multi_buffer_srtp = true;      // srtp_engine: multi_buffer | libsrtp
  uint16_t udp_port_base = 40'000;    // worker i listens on udp_port_base + i
  uint32_t mbufs = 16'384;            // per worker
  uint32_t video_log_packets = 1'024, video_log_kib = 1'024;  // per video track
  uint32_t audio_log_packets = 128, audio_log_kib = 32;
  uint32_t key_frame_interval_ms = 500;  // at most one key-frame request per track in this time
  bool stage_counters = true;            // the workers measure their stages
  std::string log_level = "info";        // error | warning | info | debug
  std::vector<Port> ports;
};

struct Listener {
  IpAddress address;
  uint16_t port = 0;
  std::string
      certificate_file;  // PEM; empty = plain HTTP, only on loopback unless `plain_http_anywhere`
  std::string private_key_file;
  bool plain_http_anywhere = false;
};

// TURN servers (RFC 8656) that browsers may relay through.
struct Turn {
  std::vector<std::string> urls;  // turn: and turns: (RFC 7065); none = no TURN
  std::string secret_file = "/etc/sluice/turn.secret";  // shared with the servers, first line
  uint32_t lifetime_s = 86'400;                         // of a credential
};

enum class ReceiverFeedback : uint8_t { by_audience, transport_wide, reports };

struct Control {
  std::vector<Listener> listeners;  // default: 127.0.0.1:8080
  std::string public_url;  // base of the links that are handed out; empty = from the Host header
  std::string web_root = "/usr/share/sluice/web";  // the web client's files
  std::string state_directory;  // certificate and token keys; default /var/lib/sluice-<instance>
  std::string admin_socket;     // default /run/sluice-<instance>/admin.sock
  std::string journal;          // default /run/sluice-<instance>/control.journal
  std::vector<std::string> api_key_files;    // each holds one key on its first line
  std::vector<srtp::Profile> srtp_profiles;  // in order of preference
  std::vector<std::string> codecs;           // a new room's codec set, preferred first
  uint32_t meetings_max = 10'000;
  uint32_t participants_per_meeting_max = 1'000;
  uint32_t token_lifetime_s = 3'600;
  Turn turn;
  uint32_t dtls_threads = 1;
  ReceiverFeedback receiver_feedback = ReceiverFeedback::by_audience;  // auto
  uint32_t transport_wide_audience_max = 100;                          // participants
  std::string log_level = "info";             // error | warning | info | debug
  std::vector<std::string> metrics_networks;  // CIDR; loopback is always allowed
};

// Where sluice-ice-tcp takes clients on TCP (RFC 6544).
struct IceTcpListener {
  IpAddress address;
  uint16_t port = 0;    // of worker 0; worker i is on port + i
  IpAddress advertise;  // what browsers are told instead of `address`; family 0 = nothing else
};

struct IceTcp {
  std::vector<IceTcpListener> listeners;  // none = no candidates on TCP
  uint32_t connections_max = 10'000;
  std::string log_level = "info";
  std::vector<SocketAddress> metrics_listeners;  // plain HTTP; none = no /metrics
  std::vector<std::string> metrics_networks;     // CIDR; loopback is always allowed
};

struct Config {
  std::string instance = "default";
  std::string region_directory;  // default /dev/shm/sluice-<instance>
  shm::Capacities capacities;    // .workers = number of cores
  Dataplane dataplane;
  Control control;
  IceTcp ice_tcp;
};

// Reads and checks the whole file. Unknown keys, wrong types and impossible values are refused with
// "FILE:LINE:COLUMN: key.path: what is wrong; what would be right", one line each, in the order of
// the file.
Result<Config> load_file(const std::string& path);
Result<Config> load_text(const std::string& text, const std::string& name_for_errors);

}  // namespace sluice::config
