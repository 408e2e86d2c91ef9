// The header extensions Sluice reads or writes (RFC 8285), by their URIs.
#pragma once

#include <span>
#include <string_view>

#include "common/base/codec.h"
#include "common/shm/endpoint.h"

namespace sluice::agent {

struct ExtensionUse {
  std::string_view uri;
  uint8_t shm::ExtensionIds::*id;
  bool audio, video;  // in m-sections of which kind
  uint8_t send_id;    // id in our own offers; 0 = not sent
};

// Offered only to receivers that are asked for transport-wide feedback.
inline constexpr uint8_t transport_cc_id = 5;

inline constexpr ExtensionUse extension_uses[] = {
    {"urn:ietf:params:rtp-hdrext:sdes:mid", &shm::ExtensionIds::mid, true, true, 0},
    {"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", &shm::ExtensionIds::rid, false, true, 0},
    {"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", &shm::ExtensionIds::repaired_rid,
     false, true, 0},
    {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", &shm::ExtensionIds::audio_level, true, false,
     1},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
     &shm::ExtensionIds::transport_cc, true, true, transport_cc_id},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
     &shm::ExtensionIds::abs_capture_time, true, true, 2},
    {"https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
     &shm::ExtensionIds::dependency_descriptor, false, true, 3},
    {"urn:3gpp:video-orientation", &shm::ExtensionIds::video_orientation, false, true, 4},
};

constexpr bool is_used_in(const ExtensionUse& e, MediaKind kind) {
  return kind == MediaKind::audio ? e.audio : e.video;
}

}  // namespace sluice::agent
