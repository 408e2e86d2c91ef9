// One publisher's media: a VP8 or VP9 video in frame bursts and Opus at 50 packets a second, with
// sender reports; key frames when Sluice asks for them.
#pragma once

#include <string>

#include "tools/loadgen/canned_media.h"
#include "tools/loadgen/random.h"
#include "tools/loadgen/rtp_source.h"
#include "tools/loadgen/srtcp_sender.h"
#include "tools/loadgen/srtp_batch.h"
#include "tools/loadgen/video_frames.h"

namespace sluice::loadgen {

// As negotiated.
struct PublishTerms {
  uint16_t number = 0;  // of the publisher in the run
  Codec codec = Codec::vp8;
  uint32_t bitrate_kbps = 0;
  uint32_t frames_per_s = 30;
  uint32_t audio_kbps = 0;
  const CannedMedia* canned = nullptr;  // VP8 to send in a loop; null = filler of the bit rates
  std::string cname;
  RtpTerms audio;
  RtpTerms video;
};

struct PublisherCount {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // of RTP payload
  uint64_t frames = 0;
  uint64_t key_frames = 0;
  uint64_t key_frames_asked = 0;
  int64_t uplink_lost = 0;  // as Sluice's receiver reports say
};

class Publisher {
 public:
  Publisher(const PublishTerms& terms, srtp::Engine& engine, const SrtpKeys& keys, TimeNs now,
            uint64_t seed);

  TimeNs due() const { return stopped_ ? never : std::min({audio_due_, video_due_, report_due_}); }
  // Sends what is due. `unix_now`: for the sender reports.
  void poll(TimeNs now, UnixNs unix_now, const Route& route, SrtpBatch& batch, Outbox& out);
  // In place: SRTCP from Sluice. False: it does not authenticate.
  bool on_rtcp(wire::ByteSpan packet);
  void stop() { stopped_ = true; }

  const PublisherCount& count() const { return count_; }
  // How many packets each source has sent.
  uint64_t audio_sent() const { return audio_.sent(); }
  uint64_t video_sent() const { return video_.sent(); }

  static constexpr TimeNs never = INT64_MAX;

 private:
  void send_audio(TimeNs now, const Route& route, SrtpBatch& batch);
  void send_video(TimeNs now, const Route& route, SrtpBatch& batch);
  void send_canned_video(TimeNs now, const Route& route, SrtpBatch& batch);
  void count_packet(std::size_t size);
  void send_reports(UnixNs unix_now, TimeNs now, const Route& route, Outbox& out);
  void on_report_block(Ssrc ssrc, int32_t lost);

  PublishTerms terms_;
  ExpandedKey send_key_;
  ExpandedKey recv_key_;
  SrtcpSender rtcp_;
  Random random_;
  RtpSource audio_;
  RtpSource video_;
  VideoFrames frames_;
  std::size_t audio_size_;
  uint16_t transport_seq_ = 0;
  uint16_t picture_id_;
  bool key_frame_wanted_ = true;
  std::size_t next_canned_audio_ = 0, next_canned_video_ = 0;
  bool stopped_ = false;
  TimeNs audio_due_, video_due_, report_due_;
  int64_t audio_lost_ = 0;
  int64_t video_lost_ = 0;
  PublisherCount count_;
};

}  // namespace sluice::loadgen
