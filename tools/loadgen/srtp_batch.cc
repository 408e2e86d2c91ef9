#include "tools/loadgen/srtp_batch.h"

namespace sluice::loadgen {

SrtpBatch::Slot SrtpBatch::begin() {
  if (count_ == packets_max) flush();
  drafts_[count_] = out_.draft();
  if (drafts_[count_].mbuf == nullptr) return {};
  return {{drafts_[count_].payload, header_max}, (*payloads_)[count_]};
}

void SrtpBatch::commit(const Packet& packet) {
  packets_[count_] = packet;
  jobs_[count_] = {.key = packet.key->get(),
                   .packet = drafts_[count_].payload,
                   .payload = (*payloads_)[count_].data(),
                   .header_length = static_cast<uint16_t>(packet.header_length),
                   .payload_length = static_cast<uint16_t>(packet.payload_length),
                   .ssrc = packet.ssrc,
                   .index = packet.index};
  ++count_;
}

void SrtpBatch::flush() {
  engine_.protect({jobs_.data(), count_});
  for (std::size_t i = 0; i < count_; ++i) {
    const Packet& p = packets_[i];
    const std::size_t overhead = srtp::rtp_overhead(srtp::Engine::profile_of(p.key->get()));
    out_.send(drafts_[i], p.header_length + p.payload_length + overhead, *p.route);
  }
  count_ = 0;
}

}  // namespace sluice::loadgen
