// Outgoing media of all publishers: packets are gathered, protected side by side by the
// multi-buffer engine, and sent.
#pragma once

#include <array>
#include <memory>

#include "tools/loadgen/outbox.h"
#include "tools/loadgen/srtp_keys.h"

namespace sluice::loadgen {

class SrtpBatch {
 public:
  static constexpr std::size_t packets_max = 32;
  static constexpr std::size_t header_max = 64;
  static constexpr std::size_t payload_max = 1'200;

  // Where one packet is written. No buffer was left: `header` is empty.
  struct Slot {
    wire::ByteSpan header;
    wire::ByteSpan payload;
  };
  struct Packet {
    const ExpandedKey* key;
    std::size_t header_length;
    std::size_t payload_length;
    Ssrc ssrc;
    SrtpIndex index;
    const Route* route;  // valid until flush()
  };

  SrtpBatch(srtp::Engine& engine, Outbox& out)
      : engine_(engine), out_(out), payloads_(std::make_unique<Payloads>()) {}

  Slot begin();
  // Takes what was written into the slot of the last begin().
  void commit(const Packet& packet);
  void flush();

 private:
  using Payloads = std::array<std::array<uint8_t, payload_max>, packets_max>;

  srtp::Engine& engine_;
  Outbox& out_;
  std::unique_ptr<Payloads> payloads_;
  std::array<Outbox::Draft, packets_max> drafts_{};
  std::array<Packet, packets_max> packets_{};
  std::array<srtp::ProtectJob, packets_max> jobs_{};
  std::size_t count_ = 0;
};

}  // namespace sluice::loadgen
