// One attendee's media: counts every stream by its headers, reports on it, and asks for a key frame
// until one came. A sampled attendee decrypts everything as well.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tools/loadgen/inspector.h"
#include "tools/loadgen/random.h"
#include "tools/loadgen/received_stream.h"
#include "tools/loadgen/srtcp_sender.h"

namespace sluice::loadgen {

// A stream of the pool Sluice has offered.
struct OfferedStream {
  Ssrc ssrc;
  MediaKind kind = MediaKind::none;
  std::string mid;
};

struct AttendeeCount {
  uint64_t packets = 0;
  uint64_t bytes = 0;    // of SRTP packets
  uint64_t unknown = 0;  // no SRTP, or of an SSRC that was not offered
  uint64_t plis = 0;
};

class Attendee {
 public:
  Attendee(srtp::Engine& engine, const SrtpKeys& keys, std::string cname, TimeNs now,
           uint64_t seed);

  // Makes it a sampled one, which decrypts with the engine `checking`.
  void inspect(srtp::Engine& checking, const SrtpKeys& keys, Codec video_codec, bool canned,
               const SourceNames& names) {
    inspector_.emplace(checking, keys, video_codec, canned, names);
  }
  void offer(std::vector<OfferedStream> streams) { offered_ = std::move(streams); }
  // The stream of this mid shows something from now on: a video must begin with a key frame.
  void await(const std::string& mid, TimeNs now);

  // True: the first packet of all.
  bool on_media(wire::ByteView packet, TimeNs now);
  void on_rtcp(wire::ByteSpan packet, TimeNs now);
  TimeNs due() const { return std::min(report_due_, pli_due_); }
  void poll(TimeNs now, const Route& route, Outbox& out);

  const AttendeeCount& count() const { return count_; }
  const std::vector<ReceivedStream>& streams() const { return streams_; }
  const std::optional<Inspector>& inspector() const { return inspector_; }

 private:
  static constexpr TimeNs never = INT64_MAX;

  ReceivedStream* stream_of(Ssrc ssrc);
  void send_report(TimeNs now, const Route& route, Outbox& out);
  void send_plis(const Route& route, Outbox& out);

  ExpandedKey send_key_;
  SrtcpSender rtcp_;
  std::string cname_;
  Ssrc own_ssrc_;
  Random random_;
  std::vector<OfferedStream> offered_;
  std::vector<ReceivedStream> streams_;
  std::size_t last_ = 0;       // of streams_: packets come in bursts of one stream
  std::vector<Ssrc> awaited_;  // videos without a key frame yet
  std::optional<Inspector> inspector_;
  TimeNs report_due_;
  TimeNs pli_due_ = never;
  AttendeeCount count_;
};

}  // namespace sluice::loadgen
