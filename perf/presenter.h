// Presenter: what one browser publishes, as its encoder and pacer send it: pictures of L3T3 SVC
// video (VP9 with dependency descriptor), all packets of a picture back to back or in the pacer's
// bursts, Opus every 20 ms, and a sender report on each every second.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/base/time.h"
#include "perf/audience.h"
#include "perf/picture_delays.h"

namespace sluice::perf {

inline constexpr std::size_t video_payload_max = 1'160;  // an SRTP packet of 1,200 bytes
inline constexpr std::size_t audio_payload = 100;        // 40 kbit/s
inline constexpr TimeNs audio_interval_ns = 20 * ns_per_ms;

struct VideoShape {
  double bits_per_s = 1'500'000;  // RTP payloads, key frames included
  uint32_t pictures_per_s = 30;
  // Bytes of a key frame over those of the mean delta frame. libwebrtc caps AV1's at three frames'
  // share of the bit rate, VP9's at nine (30 pictures/s); nobody asks for one in a running webinar.
  double key_ratio = 3;
  double key_interval_s = 60;
  // Share of a picture's bytes by spatial layer, and relative size of pictures of T0, T1, T2:
  // libwebrtc aims at 2.16, 0.65 and 0.59.
  std::vector<double> spatial = {0.163, 0.297, 0.540};
  std::array<double, 3> temporal = {1, 1, 1};
  // A pacer sends this many milliseconds' worth at 2.5 times the bit rate at once (libwebrtc: 40);
  // 0 = no pacer.
  double pacer_burst_ms = 0;
};

// What a shape comes to.
struct Picture {
  bool key = false;
  uint8_t temporal = 0;
  double bytes = 0;
};
Picture picture_of(const VideoShape& shape, uint32_t number);
// Payload sizes of one spatial layer's frame, split evenly as a packetizer does.
struct Split {
  std::size_t packets = 0;
  std::size_t size = 0;
};
Split split_of(double bytes);

class Presenter {
 public:
  // Extension ids that the endpoints of the presenter's audience must have.
  static void negotiate(AudienceSetup& setup);

  // Sends the audience's track 0 (video, VP9) and 1 (audio) from `start`; what was sent is noted
  // there.
  Presenter(Audience& audience, const VideoShape& shape, TimeNs start, PictureDelays& video,
            PictureDelays& audio);

  TimeNs next_at() const;
  // Hands the node everything due by `now`; returns the packets.
  uint32_t send_due(TimeNs now);

  // Payload bytes of every packet sent so far, and how many of each.
  const std::vector<uint64_t>& sizes() const { return sizes_; }

 private:
  struct Queued {
    TimeNs at;
    rig::PacketSpec spec;
    uint32_t picture;
    bool key;
  };
  void make_picture();
  void make_layer(const Picture& picture, uint8_t spatial);
  void queue(rig::PacketSpec spec, bool key);
  void send_audio();
  void send_reports();

  Audience& audience_;
  rig::SrtpPeer reporter_;
  VideoShape shape_;
  PictureDelays& video_;
  PictureDelays& audio_;
  TimeNs start_;
  TimeNs audio_at_;
  TimeNs report_at_;
  TimeNs pacer_at_;  // when the next burst may begin
  uint32_t picture_ = 0;
  uint32_t audio_number_ = 0;
  uint16_t frame_number_ = 0;
  uint16_t transport_seq_ = 0;
  std::deque<Queued> queued_;
  std::vector<uint64_t> sizes_;
};

}  // namespace sluice::perf
