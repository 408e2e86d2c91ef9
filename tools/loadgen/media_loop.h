// The poll loop: receives, serves what is due, sends. One thread, one core, all endpoints.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "tools/loadgen/endpoint.h"
#include "tools/loadgen/mailbox.h"
#include "tools/loadgen/neighbours.h"
#include "tools/loadgen/options.h"

namespace sluice::loadgen {

// What the loop tells; called on its thread.
struct MediaEvents {
  std::function<void(uint32_t endpoint)> on_connected;  // the first check was answered
  std::function<void(uint32_t endpoint, std::vector<uint8_t> datagram)> on_dtls;
  std::function<void(uint32_t endpoint)> on_first_media;
  std::function<void(uint32_t endpoint)> on_lost;  // RFC 7675: consent has expired
};

// Of everybody at one instant; refreshed every half second.
struct MediaTotals {
  TimeNs at = 0;
  uint64_t sent = 0, sent_bytes = 0;
  uint64_t received = 0, received_bytes = 0;
  uint64_t lost = 0;
  uint64_t bad = 0;
};

class MediaLoop {
 public:
  // `checking`: the engine of the sample.
  MediaLoop(const Options& options, Port& port, std::unique_ptr<srtp::Engine> engine,
            std::unique_ptr<srtp::Engine> checking);

  // Any thread.
  void ask(MediaCommand command) { commands_.put(std::move(command)); }
  MediaTotals totals() const;
  // On the link, or by the gateway.
  bool can_reach(const IpAddress& ip) const {
    return local_.is_neighbour(ip) || options_.gateway.is_v4();
  }

  // Until EndLoop.
  void run(const MediaEvents& events);

  // After run().
  const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }
  const Outbox& outbox() const { return out_; }
  uint64_t stray() const { return stray_; }  // datagrams for nobody
  uint64_t rtcp_bad() const { return rtcp_bad_; }

 private:
  bool take_commands(TimeNs now);
  bool receive(TimeNs now);
  void on_frame(wire::ByteSpan frame, TimeNs now);
  void on_datagram(uint32_t endpoint, wire::ByteSpan datagram, TimeNs now);
  bool serve_due(TimeNs now);
  void serve(uint32_t endpoint, TimeNs now);
  void publish_totals(TimeNs now);

  void on(const OpenEndpoint& c, TimeNs now);
  void on(const SendDtls& c, TimeNs now);
  void on(const NameSource& c, TimeNs now);
  void on(const StartPublisher& c, TimeNs now);
  void on(const StartAttendee& c, TimeNs now);
  void on(const OfferStreams& c, TimeNs now);
  void on(const AwaitStream& c, TimeNs now);
  void on(const StopPublishing& c, TimeNs now);
  void on(const EndLoop& c, TimeNs now);

  const Options& options_;
  Port& port_;
  std::unique_ptr<srtp::Engine> engine_;
  std::unique_ptr<srtp::Engine> checking_;
  LocalAddresses local_;
  Outbox out_;
  SrtpBatch batch_;
  Neighbours neighbours_;
  SourceNames names_;
  const MediaEvents* events_ = nullptr;
  Mailbox<MediaCommand> commands_;
  std::vector<MediaCommand> taken_;

  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<TimeNs> due_;  // of each endpoint: scanned as a whole
  TimeNs scan_due_ = 0;
  TimeNs totals_due_ = 0;
  bool ended_ = false;
  uint64_t stray_ = 0;
  uint64_t rtcp_bad_ = 0;

  mutable std::mutex totals_mutex_;
  MediaTotals totals_;
};

}  // namespace sluice::loadgen
