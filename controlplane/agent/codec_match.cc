#include "controlplane/agent/codec_match.h"

#include <algorithm>

#include "common/proto/sdp/scan.h"

namespace sluice::agent {
namespace {

using proto::sdp::equals_ignoring_case;
using proto::sdp::fmtp_parameter;

constexpr Codec all_codecs[] = {Codec::opus, Codec::vp8, Codec::vp9, Codec::h264, Codec::av1};

bool is_value(std::string_view fmtp, std::string_view name, std::string_view wanted,
              std::string_view otherwise) {
  const std::string_view value = fmtp_parameter(fmtp, name);
  return (value.empty() ? otherwise : value) == wanted;
}

// RFC 6184 s8.1: profile_idc is the first byte; 0x42 baseline and constrained baseline, 0x4d main.
// Without the parameter the level and profile are baseline.
bool is_usable_h264(std::string_view fmtp) {
  const std::string_view profile = fmtp_parameter(fmtp, "profile-level-id").substr(0, 2);
  const bool known = profile.empty() || profile == "42" || equals_ignoring_case(profile, "4d");
  return known && is_value(fmtp, "packetization-mode", "1", "0");
}

}  // namespace

Codec codec_of(std::string_view encoding_name) {
  for (const Codec c : all_codecs) {
    if (equals_ignoring_case(encoding_name, name_of(c))) return c;
  }
  return Codec::none;
}

Codec match(const proto::sdp::Payload& p) {
  const Codec c = codec_of(p.name);
  if (c == Codec::none || p.clock_rate != clock_rate(c)) return Codec::none;
  switch (c) {
    case Codec::opus:
      return p.channels == 2 ? c : Codec::none;  // RFC 7587 s7
    case Codec::vp9:
      return is_value(p.fmtp, "profile-id", "0", "0") ? c : Codec::none;
    case Codec::av1:
      return is_value(p.fmtp, "profile", "0", "0") ? c : Codec::none;
    case Codec::h264:
      return is_usable_h264(p.fmtp) ? c : Codec::none;
    default:
      return c;
  }
}

std::optional<uint8_t> repaired_type(const proto::sdp::Payload& p) {
  if (!equals_ignoring_case(p.name, "rtx")) return {};
  const auto type = proto::sdp::parse_number(fmtp_parameter(p.fmtp, "apt"), 127);
  if (!type) return {};
  return static_cast<uint8_t>(*type);
}

std::vector<Codec> codecs_of(std::span<const std::string> names) {
  std::vector<Codec> codecs;
  for (const std::string& name : names) {
    const Codec c = codec_of(name);
    if (c != Codec::none && std::find(codecs.begin(), codecs.end(), c) == codecs.end()) {
      codecs.push_back(c);
    }
  }
  if (names.empty()) codecs.assign(std::begin(all_codecs), std::end(all_codecs));
  const auto is_audio = [](Codec c) { return kind_of(c) == MediaKind::audio; };
  if (std::none_of(codecs.begin(), codecs.end(), is_audio)) codecs.push_back(Codec::opus);
  return codecs;
}

std::string fmtp_of(Codec c, std::string_view offered) {
  switch (c) {
    case Codec::opus:
      return "minptime=10;useinbandfec=1";
    case Codec::vp9:
      return "profile-id=0";
    case Codec::h264: {
      // RFC 6184 s8.2.2: the profile of the answer is the profile of the offer.
      const std::string_view level = fmtp_parameter(offered, "profile-level-id");
      return "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" +
             std::string(level.empty() ? "42e01f" : level);
    }
    case Codec::av1:
      return std::string(offered);
    default:
      return {};
  }
}

}  // namespace sluice::agent
