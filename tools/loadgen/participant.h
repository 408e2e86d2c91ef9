// One participant: joins by REST, speaks on its WebSocket, negotiates its one transport, completes
// the DTLS handshake, and hands the keys to the poll loop. Lives on the signaling thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/loadgen/connector.h"
#include "tools/loadgen/description.h"
#include "tools/loadgen/media_loop.h"
#include "tools/loadgen/signaling_client.h"

namespace sluice::loadgen {

// What all participants share.
struct ParticipantContext {
  boost::asio::io_context& io;
  Connector& connector;
  const Options& options;
  const DtlsSettings& dtls;
  proto::sdp::Fingerprint fingerprint;
  MediaLoop& media;
  std::string meeting_id;
  std::string join_token;
};

class Participant {
 public:
  enum class State : uint8_t {
    idle,
    joining,
    joined,  // a publisher: others are told of its tracks; an attendee: its first packet came
    failed,
    left,
  };

  // Numbers below options.publishers are publishers.
  Participant(ParticipantContext& context, uint32_t number);

  void join(TimeNs now);
  void leave();
  // Fails a join that takes too long; renews the token of a long run.
  void on_tick(TimeNs now);

  // From the poll loop.
  void on_connected();
  void on_dtls(std::span<const uint8_t> datagram);
  void on_first_media() { become_joined(); }
  void on_lost() { fail("consent has expired"); }

  State state() const { return state_; }
  bool is_publisher() const { return number_ < context_.options.publishers; }
  const std::string& failure() const { return failure_; }
  // Once, perhaps not any more.
  bool has_joined() const { return joined_at_ != 0; }
  TimeNs join_time() const { return joined_at_ - started_at_; }

 private:
  void open_signaling(const std::string& join_answer);
  void on_message(const std::string& text);
  void on_json(const nlohmann::json& message);
  void send_offer();
  void on_publish_answer(const nlohmann::json& message);
  void on_receive_offer(const nlohmann::json& message);
  void on_track_changed(const nlohmann::json& message);
  void on_subscription_changed(const nlohmann::json& message);
  void open_endpoint(const RemoteTransport& remote);
  void advance_dtls();
  void start_media();
  void arm_dtls_timer();
  void become_joined();
  void fail(const std::string& why);

  ParticipantContext& context_;
  const uint32_t number_;
  const std::string name_;
  State state_ = State::idle;
  std::string failure_;
  TimeNs started_at_ = 0;
  TimeNs joined_at_ = 0;
  TimeNs renew_at_ = 0;

  std::string id_;
  std::shared_ptr<SignalingClient> signaling_;
  LocalTransport local_;
  std::optional<RemoteTransport> remote_;
  std::unique_ptr<DtlsClient> dtls_;
  boost::asio::steady_timer dtls_timer_;
  bool media_started_ = false;

  // A publisher's.
  PublishOffer offer_;
  PublishAnswer answer_;
  int tracks_named_ = 0;
  // An attendee's.
  std::string transport_id_;
  std::vector<OfferedStream> streams_;
  std::vector<std::string> awaited_mids_;
};

}  // namespace sluice::loadgen
