// The command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/codec.h"
#include "common/base/srtp_profile.h"
#include "tools/loadgen/canned_media.h"
#include "tools/loadgen/exit_code.h"
#include "tools/loadgen/local_addresses.h"
#include "tools/loadgen/url.h"

namespace sluice::loadgen {

struct Options {
  Url url;
  Invitation invitation;
  bool any_certificate = false;  // of the HTTPS server

  std::string device;
  std::vector<Network> networks;
  IpAddress gateway;  // family 0: none
  uint16_t port_base = 20'000;
  bool hugepages = true;
  uint32_t memory_mib = 256;
  std::optional<uint32_t> core;
  uint32_t idle_sleep_us = 0;  // 0: polls

  uint32_t publishers = 1;
  uint32_t attendees = 10;
  double join_rate_per_s = 50;
  double join_timeout_s = 30;
  double duration_s = 10;
  Codec codec = Codec::vp8;
  uint32_t bitrate_kbps = 1'500;
  uint32_t frames_per_s = 30;
  uint32_t audio_kbps = 32;
  std::vector<CannedMedia> canned;  // in place of filler; publisher i sends i modulo their number
  std::vector<srtp::Profile> profiles;  // offered, preferred first
  uint32_t sample = 10;
  double loss_max_percent = 0;
  std::string json;  // file, "-" for standard output, empty: none

  uint32_t participants() const { return publishers + attendees; }
};

// Options, or how to end at once: help was asked for, or something is wrong, and has been said.
std::variant<Options, ExitCode> parse_options(int argc, const char* const* argv);

}  // namespace sluice::loadgen
