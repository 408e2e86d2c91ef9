#include "tools/loadgen/participant.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/proto/ice.h"
#include "tools/loadgen/clock.h"
#include "tools/loadgen/http_call.h"

namespace sluice::loadgen {
namespace {

using nlohmann::json;

std::string random_text(std::size_t length) {
  std::vector<uint8_t> bytes(length);
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return proto::ice_text(bytes);
}

uint32_t random_ssrc() {
  uint32_t ssrc = 0;
  while (ssrc == 0) RAND_bytes(reinterpret_cast<unsigned char*>(&ssrc), sizeof ssrc);
  return ssrc;
}

// Whether a client has to read this message. With thousands in a room most are about others'
// coming, going and speaking, and a welcome lists everybody: looking into each costs the square of
// their number. Quotes within JSON strings are escaped, so no name can look like these.
bool concerns(const std::string& text) {
  constexpr std::string_view words[] = {
      R"("publish_answer")",  R"("receive_offer")",        R"("refused")",
      R"("type":"welcome")",  R"("type":"error")",         R"("type":"token")",
      R"("TRACK_CHANGED")",   R"("SUBSCRIPTION_CHANGED")", R"("TRANSPORT_CHANGED")",
      R"("event":"REMOVED")",
  };
  return std::ranges::any_of(words,
                             [&](std::string_view w) { return text.find(w) != std::string::npos; });
}

}  // namespace

Participant::Participant(ParticipantContext& context, uint32_t number)
    : context_(context),
      number_(number),
      name_((is_publisher() ? "Publisher-" : "Attendee-") + std::to_string(number)),
      dtls_timer_(context.io) {}

void Participant::join(TimeNs now) {
  state_ = State::joining;
  started_at_ = now;
  local_.ice = {random_text(proto::ice_ufrag_length), random_text(proto::ice_pwd_length)};
  local_.fingerprint = context_.fingerprint;
  call_http(context_.connector, context_.options.url,
            {.path = "/v1/meetings/" + context_.meeting_id + "/join?name=" + name_,
             .bearer = context_.join_token,
             .body = {}},
            [this](const HttpAnswer& answer) {
              if (state_ != State::joining) return;
              if (!answer) return fail("join: " + answer.error().message);
              open_signaling(*answer);
            });
}

void Participant::open_signaling(const std::string& join_answer) {
  const json answer = json::parse(join_answer, nullptr, false);
  if (!answer.is_object()) return fail("join: the answer is no JSON object");
  id_ = answer.value("participant_id", "");
  const auto url = parse_url(answer.value("signaling_url", ""));
  if (!url) return fail("join: signaling_url " + url.error().message);
  renew_at_ = monotonic_now() + answer.value("expires_in_s", int64_t{3'600}) * ns_per_s / 2;
  signaling_ = SignalingClient::open(
      context_.connector, *url, answer.value("participant_token", ""),
      {.on_open =
           [this] {
             json decode = json::array();
             if (!is_publisher()) decode = {name_of(context_.options.codec), "opus"};
             signaling_->send(
                 {{"type", "hello"}, {"version", 1}, {"decode", decode}, {"resume", false}});
           },
       .on_message = [this](const std::string& text) { on_message(text); },
       .on_closed = [this](const std::string& why) { fail(why); }});
}

void Participant::on_message(const std::string& text) {
  if (!concerns(text)) return;
  const json message = json::parse(text, nullptr, false);
  if (!message.is_object()) return fail("a message that is no JSON object");
  try {
    on_json(message);
  } catch (const json::exception& e) {
    fail(std::string("a message without what the protocol asks for: ") + e.what());
  }
}

void Participant::on_json(const json& message) {
  const std::string type = message.at("type");
  if (type == "welcome") {
    if (is_publisher()) send_offer();
  } else if (type == "publish_answer") {
    on_publish_answer(message);
  } else if (type == "receive_offer") {
    on_receive_offer(message);
  } else if (type == "refused") {
    fail("description refused: " + message.at("reason").get<std::string>());
  } else if (type == "error") {
    fail("error: " + message.at("message").get<std::string>());
  } else if (type == "token") {
    renew_at_ = monotonic_now() + message.value("expires_in_s", int64_t{3'600}) * ns_per_s / 2;
  } else if (type == "event") {
    const std::string event = message.at("event");
    if (event == "TRACK_CHANGED") return on_track_changed(message);
    if (event == "SUBSCRIPTION_CHANGED") return on_subscription_changed(message);
    if (event == "REMOVED") return fail("removed from the meeting");
    if (event == "TRANSPORT_CHANGED" && message.at("phase") == "failed") {
      fail("transport failed: " + message.value("reason", ""));
    }
  }
}

void Participant::send_offer() {
  offer_ = {.codec = context_.options.codec,
            .audio_ssrc = random_ssrc(),
            .video_ssrc = random_ssrc(),
            .cname = "loadgen-" + std::to_string(number_)};
  signaling_->send({{"type", "publish_offer"},
                    {"negotiation", 1},
                    {"sdp", write_publish_offer(offer_, local_)},
                    {"sources", {{audio_mid, "microphone"}, {video_mid, "camera"}}}});
}

void Participant::on_publish_answer(const json& message) {
  auto answer = read_publish_answer(message.at("sdp"), offer_);
  if (!answer) return fail("publish answer: " + answer.error().message);
  answer_ = std::move(*answer);
  open_endpoint(answer_.remote);
}

void Participant::on_receive_offer(const json& message) {
  const std::string transport_id = message.at("transport_id");
  if (!transport_id_.empty() && transport_id != transport_id_) {
    return fail("Sluice gave up the transport and offers another");
  }
  transport_id_ = transport_id;
  auto answer = answer_receive_offer(message.at("sdp"), local_);
  if (!answer) return fail("receive offer: " + answer.error().message);
  signaling_->send({{"type", "receive_answer"},
                    {"negotiation", message.at("negotiation")},
                    {"sdp", std::move(answer->sdp)},
                    {"transport_id", transport_id_}});
  streams_ = std::move(answer->streams);
  if (media_started_) {
    context_.media.ask(OfferStreams{number_, streams_});
  } else if (!remote_) {
    open_endpoint(answer->remote);
  }
}

void Participant::on_track_changed(const json& message) {
  if (!is_publisher() || message.at("participant_id") != id_ || message.at("ended") == true) return;
  const json& track = message.at("track");
  // The codec stands there once the first packet came.
  if (track.at("codec").get<std::string>().empty()) return;
  const bool audio = track.at("source") == "microphone";
  context_.media.ask(
      NameSource{track.at("csrc"),
                 {static_cast<uint16_t>(number_), audio ? MediaKind::audio : MediaKind::video}});
  tracks_named_ |= audio ? 1 : 2;
  if (tracks_named_ == 3) become_joined();
}

void Participant::on_subscription_changed(const json& message) {
  const std::string phase = message.at("phase");
  if (phase == "undecodable" || phase == "refused") {
    return fail("subscription " + phase + ": " + message.at("codec").get<std::string>() + " " +
                message.at("reason").get<std::string>());
  }
  if (phase != "waiting") return;
  const std::string mid = message.at("mid");
  if (media_started_) {
    context_.media.ask(AwaitStream{number_, mid});
  } else {
    awaited_mids_.push_back(mid);
  }
}

void Participant::open_endpoint(const RemoteTransport& remote) {
  if (!context_.media.can_reach(remote.address.ip)) {
    return fail("Sluice is at " + to_string(remote.address) +
                ", which is on no --address's link: a --gateway is needed");
  }
  remote_ = remote;
  dtls_ = std::make_unique<DtlsClient>(context_.dtls, remote.our_role);
  context_.media.ask(OpenEndpoint{number_, remote.address, local_.ice, remote.ice});
}

void Participant::on_connected() {
  if (state_ != State::joining) return;
  dtls_->start();
  advance_dtls();
}

void Participant::on_dtls(std::span<const uint8_t> datagram) {
  if (!dtls_ || state_ == State::failed || state_ == State::left) return;
  dtls_->on_datagram(datagram);
  advance_dtls();
}

void Participant::advance_dtls() {
  auto datagrams = dtls_->take_datagrams();
  if (!datagrams.empty()) context_.media.ask(SendDtls{number_, std::move(datagrams)});
  if (dtls_->state() == DtlsClient::State::failed) return fail("DTLS: " + dtls_->failure());
  if (dtls_->state() == DtlsClient::State::connected && !media_started_) return start_media();
  arm_dtls_timer();
}

void Participant::arm_dtls_timer() {
  const auto timeout = dtls_->timeout_in();
  if (!timeout) return;
  dtls_timer_.expires_after(*timeout);
  dtls_timer_.async_wait([this](const boost::system::error_code& e) {
    if (e || state_ != State::joining) return;
    dtls_->on_timeout();
    advance_dtls();
  });
}

void Participant::start_media() {
  dtls_timer_.cancel();
  // RFC 5763 s5: no media before the certificate is the one the description named.
  if (!dtls_->peer_has(remote_->fingerprints)) {
    return fail("DTLS: the certificate is not the one of a=fingerprint");
  }
  media_started_ = true;
  const Options& o = context_.options;
  if (is_publisher()) {
    const CannedMedia* canned = o.canned.empty() ? nullptr : &o.canned[number_ % o.canned.size()];
    context_.media.ask(StartPublisher{number_,
                                      dtls_->keys(),
                                      {.number = static_cast<uint16_t>(number_),
                                       .codec = o.codec,
                                       .bitrate_kbps = o.bitrate_kbps,
                                       .frames_per_s = o.frames_per_s,
                                       .audio_kbps = o.audio_kbps,
                                       .canned = canned,
                                       .cname = offer_.cname,
                                       .audio = answer_.audio,
                                       .video = answer_.video}});
    return;
  }
  const bool is_sampled = number_ - o.publishers < o.sample;
  context_.media.ask(StartAttendee{number_, dtls_->keys(), "loadgen-" + std::to_string(number_),
                                   streams_, is_sampled});
  for (std::string& mid : awaited_mids_) {
    context_.media.ask(AwaitStream{number_, std::move(mid)});
  }
  awaited_mids_.clear();
}

void Participant::become_joined() {
  if (state_ != State::joining) return;
  joined_at_ = monotonic_now();
  state_ = State::joined;
}

void Participant::on_tick(TimeNs now) {
  const auto patience = static_cast<TimeNs>(context_.options.join_timeout_s * 1e9);
  if (state_ == State::joining && now - started_at_ > patience) {
    const char* stage = !signaling_       ? "the join call was not answered"
                        : !remote_        ? "no description came"
                        : !media_started_ ? "ICE or DTLS did not complete"
                        : is_publisher()  ? "Sluice told of no packet of ours"
                                          : "no packet came";
    fail(std::string("not joined in time: ") + stage);
  }
  if (state_ == State::joined && now > renew_at_) {
    renew_at_ = INT64_MAX;  // the answer says when next
    signaling_->send({{"type", "renew_token"}});
  }
}

void Participant::fail(const std::string& why) {
  if (state_ == State::failed || state_ == State::left) return;
  state_ = State::failed;
  failure_ = why;
  dtls_timer_.cancel();
  if (signaling_) signaling_->close();
}

void Participant::leave() {
  if (state_ == State::joined || state_ == State::joining) state_ = State::left;
  dtls_timer_.cancel();
  if (signaling_) signaling_->close();
}

}  // namespace sluice::loadgen
