#include "tools/loadgen/publisher.h"

#include <algorithm>
#include <array>

#include "common/wire/rtcp_fir.h"
#include "common/wire/rtcp_pli.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_sdes.h"

namespace sluice::loadgen {
namespace {

constexpr TimeNs audio_interval_ns = 20 * ns_per_ms;
constexpr TimeNs report_interval_ns = ns_per_s;
// Behind by more than this (the process was stopped), what was missed is not sent at once.
constexpr TimeNs catch_up_max_ns = 200 * ns_per_ms;
// Publishers of filler speak in turn, so that levels and active speakers change as in a meeting.
constexpr TimeNs turn_ns = 4 * ns_per_s;
constexpr int64_t turns = 4;
constexpr uint8_t level_speaking = 30;
constexpr uint8_t level_silent = 127;

void step(TimeNs& due, TimeNs interval, TimeNs now) {
  due += interval;
  if (now - due > catch_up_max_ns) due = now + interval;
}

}  // namespace

Publisher::Publisher(const PublishTerms& terms, srtp::Engine& engine, const SrtpKeys& keys,
                     TimeNs now, uint64_t seed)
    : terms_(terms),
      send_key_(engine, keys.profile, keys.send),
      recv_key_(engine, keys.profile, keys.recv),
      rtcp_(send_key_),
      random_(seed),
      audio_(terms.audio, send_key_, now, random_.next()),
      video_(terms.video, send_key_, now, random_.next()),
      frames_(terms.bitrate_kbps, terms.frames_per_s),
      audio_size_(std::max<std::size_t>(
          RtpSource::payload_min, static_cast<std::size_t>(terms.audio_kbps) * 1'000 / 8 *
                                      static_cast<std::size_t>(audio_interval_ns / ns_per_ms) /
                                      1'000)),
      picture_id_(static_cast<uint16_t>(random_.next() & 0x7fff)),
      audio_due_(now + random_.below(audio_interval_ns)),
      video_due_(now + random_.below(ns_per_s / terms.frames_per_s)),
      report_due_(now + 100 * ns_per_ms) {}

void Publisher::poll(TimeNs now, UnixNs unix_now, const Route& route, SrtpBatch& batch,
                     Outbox& out) {
  if (stopped_) return;
  while (audio_due_ <= now) {
    send_audio(now, route, batch);
    step(audio_due_, audio_interval_ns, now);
  }
  if (video_due_ <= now) {
    if (terms_.canned == nullptr) {
      send_video(now, route, batch);
    } else {
      send_canned_video(now, route, batch);
    }
    step(video_due_, ns_per_s / terms_.frames_per_s, now);
  }
  batch.flush();
  if (report_due_ <= now) {
    send_reports(unix_now, now, route, out);
    report_due_ = now + report_interval_ns / 2 + random_.below(report_interval_ns);
  }
}

void Publisher::send_audio(TimeNs now, const Route& route, SrtpBatch& batch) {
  const bool speaks = terms_.canned != nullptr || now / turn_ns % turns == terms_.number % turns;
  wire::ByteView frame;
  if (terms_.canned != nullptr) {
    const auto& packets = terms_.canned->audio;
    frame = packets[next_canned_audio_++ % packets.size()];
  }
  count_packet(audio_.send({.place = {},
                            .size = audio_size_,
                            .publisher = terms_.number,
                            .transport_seq = transport_seq_,
                            .audio_level = speaks ? level_speaking : level_silent,
                            .captured_at = audio_due_,
                            .now = now,
                            .frame = frame},
                           route, batch));
}

void Publisher::count_packet(std::size_t size) {
  if (size == 0) return;
  ++transport_seq_;
  ++count_.packets;
  count_.bytes += size;
}

void Publisher::send_canned_video(TimeNs now, const Route& route, SrtpBatch& batch) {
  const auto& frames = terms_.canned->video;
  if (key_frame_wanted_ || next_canned_video_ == frames.size()) next_canned_video_ = 0;
  const bool key_frame = next_canned_video_ == 0;
  key_frame_wanted_ = false;
  count_packet(video_.send({.place = {.key_frame = key_frame, .picture_id = picture_id_},
                            .publisher = terms_.number,
                            .transport_seq = transport_seq_,
                            .captured_at = video_due_,
                            .now = now,
                            .frame = frames[next_canned_video_++]},
                           route, batch));
  picture_id_ = (picture_id_ + 1) & 0x7fff;
  ++count_.frames;
  if (key_frame) ++count_.key_frames;
}

void Publisher::send_video(TimeNs now, const Route& route, SrtpBatch& batch) {
  const bool key_frame = key_frame_wanted_;
  key_frame_wanted_ = false;
  const std::size_t bytes = frames_.next(key_frame);
  // Packets of equal size, as encoders' packetizers make them.
  const std::size_t packets = (bytes + RtpSource::payload_max - 1) / RtpSource::payload_max;
  const std::size_t size = std::max(RtpSource::payload_min, (bytes + packets - 1) / packets);
  for (std::size_t i = 0; i < packets; ++i) {
    const std::size_t sent = video_.send({.place = {.start_of_frame = i == 0,
                                                    .end_of_frame = i + 1 == packets,
                                                    .key_frame = key_frame,
                                                    .picture_id = picture_id_},
                                          .size = size,
                                          .publisher = terms_.number,
                                          .transport_seq = transport_seq_,
                                          .captured_at = video_due_,
                                          .now = now},
                                         route, batch);
    if (sent == 0) break;
    count_packet(sent);
  }
  picture_id_ = (picture_id_ + 1) & 0x7fff;
  ++count_.frames;
  if (key_frame) ++count_.key_frames;
}

void Publisher::send_reports(UnixNs unix_now, TimeNs now, const Route& route, Outbox& out) {
  for (const RtpSource* source : {&audio_, &video_}) {
    if (source->sent() == 0) continue;
    std::array<uint8_t, 512> buffer;
    std::size_t length = wire::write_sr(buffer, source->report(unix_now, now));
    length += wire::write_sdes_cname(wire::ByteSpan(buffer).subspan(length), source->ssrc(),
                                     terms_.cname);
    rtcp_.send(wire::ByteView(buffer).first(length), route, out);
  }
}

void Publisher::on_report_block(Ssrc ssrc, int32_t lost) {
  if (ssrc == audio_.ssrc()) {
    audio_.on_reported();
    audio_lost_ = lost;
  } else if (ssrc == video_.ssrc()) {
    video_.on_reported();
    video_lost_ = lost;
  }
  count_.uplink_lost = audio_lost_ + video_lost_;
}

bool Publisher::on_rtcp(wire::ByteSpan packet) {
  SrtcpIndex ignored;
  const std::size_t length =
      recv_key_.engine().unprotect_rtcp(recv_key_.get(), packet.data(), packet.size(), &ignored);
  auto compound = length == 0 ? std::nullopt : wire::parse_rtcp(packet.first(length));
  if (!compound) return false;
  wire::RtcpView v;
  while (compound->next(v)) {
    if (const auto rr = wire::parse_rr(v)) {
      for (std::size_t i = 0; i < rr->blocks.size(); ++i) {
        on_report_block(rr->blocks[i].ssrc, rr->blocks[i].cumulative_lost);
      }
    } else if (wire::parse_pli(v) || wire::parse_fir(v)) {
      key_frame_wanted_ = true;
      ++count_.key_frames_asked;
    }
  }
  return true;
}

}  // namespace sluice::loadgen
