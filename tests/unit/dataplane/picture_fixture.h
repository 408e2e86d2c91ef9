// PictureTest: one who sends pictures under an SSRC, and one to receive them.
#pragma once

#include "common/wire/rtcp.h"
#include "common/wire/rtcp_pli.h"
#include "tests/unit/dataplane/worker_fixture.h"

namespace sluice {

class PictureTest : public WorkerTest {
 protected:
  explicit PictureTest(uint32_t workers = 1) : WorkerTest(workers) {}

  void send_picture(const Client& client, bool key) {
    ++index_;
    rig_.send(client,
              rig::make_protected(
                  sender_, {.ssrc = 0xaa,
                            .index = index_,
                            .timestamp = static_cast<uint32_t>(index_) * 3'000,
                            .marker = true,
                            .mid_id = mid_id,
                            .mid = "1",
                            .payload = rig::vp8_payload(key, static_cast<uint16_t>(index_), 600)}));
  }
  // For key frames, since the last call.
  uint32_t requests(const Client& publisher) {
    uint32_t count = 0;
    for (const auto& d : take(publisher, wire::Protocol::srtcp)) {
      const auto plain = listener_.unprotect_rtcp(d.bytes);
      EXPECT_TRUE(plain);
      auto compound = plain ? wire::parse_rtcp(*plain) : std::nullopt;
      wire::RtcpView v;
      while (compound && compound->next(v)) {
        if (const auto pli = wire::parse_pli(v)) count += pli->media == Ssrc(0xaa);
      }
    }
    return count;
  }

  Client from_ = publisher(), to_ = receiver();
  rig::SrtpPeer sender_{from_.profile, from_.to_node}, listener_{from_.profile, from_.from_node};
  uint64_t index_ = 700;
};

}  // namespace sluice
