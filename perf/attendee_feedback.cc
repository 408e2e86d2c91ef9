#include "perf/attendee_feedback.h"

#include <algorithm>

#include "common/base/assert.h"
#include "common/wire/rtcp_nack.h"
#include "common/wire/rtcp_rr.h"
#include "common/wire/rtcp_twcc.h"
#include "common/wire/rtcp_xr.h"

namespace sluice::perf {
namespace {

constexpr double packets_per_s = 30 * 6 + 50;  // about, for the NACKs
constexpr double nack_share = 0.005;
constexpr std::array<double, 5> period_s = {1, 5, 1 / (packets_per_s * nack_share), 2.66, 0.0875};
constexpr std::size_t transport_packets = 20;  // of one report: 87.5 ms' worth

}  // namespace

AttendeeFeedback::AttendeeFeedback(Audience& audience, FeedbackPolicy policy, TimeNs start,
                                   const PictureDelays& video, const PictureDelays& audio)
    : audience_(audience), tracks_{&video, &audio}, random_(1) {
  const auto& clients = audience.receivers();
  for (uint32_t i = 0; i < clients.size(); ++i) order_.push_back(i);
  std::ranges::shuffle(order_, random_);
  for (std::size_t k = 0; k < kinds; ++k) {
    if (k == transport && policy != FeedbackPolicy::transport_wide) continue;
    if (k != check && policy == FeedbackPolicy::none) continue;
    flows_[k] = {period_s[k] * 1e9 / static_cast<double>(clients.size()), start, 0};
    schedule(flows_[k]);
  }
  auto engine = srtp::Engine::create(srtp::EngineKind::multi_buffer);
  SLUICE_ASSERT(engine.ok());
  engine_ = std::move(*engine);
  key_memory_.resize((clients.size() + 1) * engine_->key_size());
  const std::size_t align = (64 - reinterpret_cast<uintptr_t>(key_memory_.data()) % 64) % 64;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    keys_.push_back(engine_->expand(clients[i].profile, clients[i].to_node,
                                    key_memory_.data() + align + i * engine_->key_size()));
  }
  rtcp_index_.resize(clients.size());
}

// Many senders that know nothing of each other: exponential gaps.
void AttendeeFeedback::schedule(Flow& f) {
  f.at += static_cast<TimeNs>(std::exponential_distribution<>(1 / f.gap_ns)(random_));
}

TimeNs AttendeeFeedback::next_at() const {
  return std::ranges::min(flows_, {}, &Flow::at).at;
}

uint32_t AttendeeFeedback::send_due(TimeNs now, uint32_t room) {
  uint32_t due = 0;
  for (uint8_t k = 0; k < kinds; ++k) {
    Flow& f = flows_[k];
    for (; f.at <= now; schedule(f)) {
      f.turn = f.turn + 1 == order_.size() ? 0 : f.turn + 1;
      if (due++ < room) {
        send(static_cast<Kind>(k), order_[f.turn]);
      } else {
        ++lost_;
      }
    }
  }
  return due;
}

void AttendeeFeedback::send(Kind kind, uint32_t attendee) {
  if (kind == check) {
    audience_.push_checks(1);
    return;
  }
  uint8_t buffer[512];
  const std::size_t length = write(kind, attendee, buffer);
  const std::size_t total = engine_->protect_rtcp(keys_[attendee], buffer, length, sizeof buffer,
                                                  SrtcpIndex(++rtcp_index_[attendee]));
  audience_.rig().send(audience_.receivers()[attendee], {buffer, total});
}

std::size_t AttendeeFeedback::write_report(uint32_t attendee, uint32_t track, wire::ByteSpan out) {
  const auto first = audience_.initial_seq(attendee);
  wire::ReportBlock b;
  b.ssrc = Ssrc(audience_.stream_ssrc(attendee, track));
  b.highest_seq = static_cast<uint32_t>(first + tracks_[track]->sent() - 1);
  b.jitter = 40;
  return wire::write_rr(out, Ssrc(attendee + 1), {&b, 1});
}

std::size_t AttendeeFeedback::write(Kind kind, uint32_t attendee, wire::ByteSpan out) {
  const Ssrc own(attendee + 1);
  const Ssrc video(audience_.stream_ssrc(attendee, 0));
  switch (kind) {
    case video_report: {
      const std::size_t rr = write_report(attendee, 0, out);
      return rr + wire::write_xr_rrtr(out.subspan(rr), own, random_());
    }
    case audio_report:
      return write_report(attendee, 1, out);
    case nack: {
      const uint64_t age = random_() % std::min<uint64_t>(30, tracks_[0]->sent());
      const Seq16 lost(
          static_cast<uint16_t>(audience_.initial_seq(attendee) + tracks_[0]->sent() - 1 - age));
      return wire::write_nack(out, own, video, {&lost, 1});
    }
    default: {
      std::array<wire::TwccPacket, transport_packets> packets;
      for (wire::TwccPacket& p : packets)
        p = {Seq16(transport_seq_++), true,
             audience_.rig().now() + static_cast<TimeNs>(random_() % ns_per_ms)};
      return wire::write_twcc(out, own, video, static_cast<uint8_t>(transport_seq_), packets)
          .length;
    }
  }
}

}  // namespace sluice::perf
