// Decrypts everything a sampled attendee receives and holds it against what was sent.
//
// A second opinion on Sluice's ciphers: libsrtp, not the engine the media plane encrypts with.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "common/wire/rtcp.h"
#include "common/wire/rtp.h"
#include "tools/loadgen/histogram.h"
#include "tools/loadgen/mark.h"
#include "tools/loadgen/srtp_keys.h"

namespace sluice::loadgen {

// Whose media a CSRC announces (signaling.md, Track).
struct SourceName {
  uint16_t publisher = 0;
  MediaKind kind = MediaKind::none;
};
using SourceNames = std::unordered_map<uint32_t, SourceName>;

// What was wrong with packets; each counts once.
struct Findings {
  uint64_t packets = 0;          // that were looked at
  uint64_t unauthentic = 0;      // the tag does not verify
  uint64_t repeated = 0;         // an index used before
  uint64_t damaged = 0;          // decrypts, but not to what was sent
  uint64_t misdelivered = 0;     // somebody else's media under this CSRC
  uint64_t misnumbered = 0;      // a number or timestamp that does not continue the source's
  uint64_t rtcp_damaged = 0;     // SRTCP that does not authenticate or parse
  uint64_t foreign = 0;          // of participants that are not ours: authentic, no more is known
  uint64_t source_switches = 0;  // the stream continued elsewhere in its source: at key frames only
  uint64_t skipped = 0;          // packets of the source left out at such switches

  Findings& operator+=(const Findings& other);
  uint64_t bad() const {
    return unauthentic + repeated + damaged + misdelivered + misnumbered + rtcp_damaged;
  }
};

class Inspector {
 public:
  // `canned`: what our publishers send ends with the mark (write_frame).
  Inspector(srtp::Engine& engine, const SrtpKeys& keys, Codec video_codec, bool canned,
            const SourceNames& names)
      : key_(engine, keys.profile, keys.recv),
        video_codec_(video_codec),
        canned_(canned),
        names_(names) {}

  // An SRTP packet, already seen by its stream as number `index`. True: the start of a key frame.
  bool on_media(const wire::RtpView& rtp, MediaKind kind, SrtpIndex index, TimeNs now);
  void on_repeated() { ++findings_.repeated; }
  // In place; empty when it does not authenticate, which is counted.
  wire::ByteView on_rtcp(wire::ByteSpan packet);

  const Findings& findings() const { return findings_; }
  const Histogram& delays() const { return delays_; }
  // The highest packet of a source that came, plus one; 0: none.
  uint64_t highest(uint16_t publisher, MediaKind kind) const;

 private:
  // What of a source has come on a stream.
  struct Progress {
    uint32_t ssrc = 0;
    uint16_t publisher = 0;
    MediaKind kind = MediaKind::none;
    uint64_t index_offset = 0;  // index less number: constant while the source is not switched
    uint32_t timestamp_offset = 0;
    uint64_t next = 0;  // highest number plus one
  };
  void check(const wire::RtpView& rtp, MediaKind kind, SrtpIndex index, const Mark& mark,
             bool key_frame_start);

  ExpandedKey key_;
  Codec video_codec_;
  bool canned_;
  const SourceNames& names_;
  std::vector<Progress> progress_;
  Findings findings_;
  Histogram delays_;
};

}  // namespace sluice::loadgen
