// FrameCheck: a sample of the frames a node sent, decrypted by libsrtp with the receiver's key and
// compared with what the publisher sent. All frames are counted.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/codec.h"
#include "common/shm/region.h"
#include "common/wire/bytes.h"
#include "tests/rig/node_rig.h"

struct rte_mbuf;

namespace sluice::perf {

struct CheckCounts {
  uint64_t seen = 0;      // frames
  uint64_t verified = 0;  // of the sample: decrypted, at the right receiver, the publisher's bytes
  uint64_t bad = 0;
};

class FrameCheck {
 public:
  static constexpr std::size_t remembered_packets = 32'768;  // per source

  // One frame in `sample_every` is decrypted.
  FrameCheck(shm::Region& region, uint32_t sample_every)
      : region_(region), sample_every_(sample_every) {}

  // The frames of `ssrc` belong to `client`, which must outlive this, and carry what was remembered
  // of `source`.
  void expect(uint32_t ssrc, shm::SlotRef stream, const rig::Client& client, uint32_t source);
  // A payload the publisher sends on this source.
  void remember(uint32_t source, Codec codec, wire::ByteView payload);

  // Counts the frame, and keeps a copy when it is its turn: verifying takes long, so sixteen are
  // verified at a time. A stream that is not expected is bad.
  void look(const rte_mbuf* m);
  // Verifies this Ethernet frame. RTCP, STUN and ARP are passed over. False: a stream that is not
  // expected, nothing is counted.
  bool verify(wire::ByteView frame);

  const CheckCounts& counts() {
    verify_kept();
    return counts_;
  }
  void reset() {
    kept_.clear();
    counts_ = {};
  }

 private:
  struct Stream {
    shm::SlotRef ref;
    const rig::Client* client;
    uint32_t source;
  };
  struct Source {
    Codec codec = Codec::none;
    std::vector<uint64_t> hashes;  // a ring of the newest payloads
    std::size_t next = 0;
  };
  void verify_kept();
  bool right(const Stream& s, wire::ByteView srtp, const IpAddress& to) const;

  shm::Region& region_;
  uint32_t sample_every_;
  std::unordered_map<uint32_t, Stream> streams_;
  std::vector<Source> sources_;
  std::vector<std::vector<uint8_t>> kept_;
  CheckCounts counts_;
};

}  // namespace sluice::perf
