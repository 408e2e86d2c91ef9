// The words for what a track is and how far a subscription has come.
#pragma once

#include "common/base/codec.h"
#include "common/shm/subscription.h"
#include "common/shm/track.h"

namespace sluice::ctl {

constexpr const char* kind_name(MediaKind k) {
  return k == MediaKind::audio ? "audio" : k == MediaKind::video ? "video" : "none";
}

constexpr const char* source_name(shm::TrackSource s) {
  switch (s) {
    case shm::TrackSource::microphone:
      return "microphone";
    case shm::TrackSource::camera:
      return "camera";
    case shm::TrackSource::screen:
      return "screen";
    case shm::TrackSource::camera_2:
      return "camera_2";
    case shm::TrackSource::camera_3:
      return "camera_3";
    case shm::TrackSource::screen_audio:
      return "screen_audio";
    case shm::TrackSource::none:
      break;
  }
  return "none";
}

constexpr const char* phase_name(shm::SubscriptionPhase p) {
  switch (p) {
    case shm::SubscriptionPhase::waiting:
      return "waiting";
    case shm::SubscriptionPhase::open:
      return "open";
    case shm::SubscriptionPhase::paused:
      return "paused";
    case shm::SubscriptionPhase::none:
      break;
  }
  return "none";
}

// Of the number that a worker stored.
constexpr std::string_view codec_name(uint32_t codec) {
  return codec < codec_count ? name_of(static_cast<Codec>(codec)) : "unknown";
}

}  // namespace sluice::ctl
