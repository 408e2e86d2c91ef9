#include "tools/loadgen/crowd.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tools/loadgen/clock.h"
#include "tools/loadgen/http_call.h"

namespace sluice::loadgen {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds tick_interval{10};
// What is on its way when the media stops has arrived when nothing came for so long.
constexpr TimeNs quiet_ns = 1'200 * ns_per_ms;
constexpr TimeNs drain_max_ns = 6 * ns_per_s;
constexpr std::chrono::seconds leave_patience{3};

}  // namespace

Crowd::Crowd(ParticipantContext& context)
    : context_(context), tick_(context.io), signals_(context.io, SIGINT, SIGTERM) {
  for (uint32_t i = 0; i < context.options.participants(); ++i) {
    participants_.push_back(std::make_unique<Participant>(context, i));
  }
}

void Crowd::start() {
  signals_.async_wait([this](const boost::system::error_code& e, int) {
    if (e) return;
    interrupted_ = true;
    if (phase_ == Phase::meeting) return leave();
    if (phase_ < Phase::draining) stop_media(monotonic_now());
  });
  const Invitation& to = context_.options.invitation;
  if (to.meeting_id.empty()) return make_meeting();
  context_.meeting_id = to.meeting_id;
  context_.join_token = to.join_token;
  on_meeting();
}

void Crowd::make_meeting() {
  const Codec codec = context_.options.codec;
  const json body = {{"name", "loadgen"}, {"codecs", {name_of(codec), name_of(Codec::opus)}}};
  call_http(context_.connector, context_.options.url,
            {.method = "POST",
             .path = "/v1/meetings",
             .bearer = context_.options.invitation.api_key,
             .body = body.dump()},
            [this](const HttpAnswer& answer) {
              const json made = answer ? json::parse(*answer, nullptr, false) : json();
              if (made.is_object()) {
                context_.meeting_id = made.value("meeting_id", "");
                context_.join_token = made.value("join_token", "");
                return on_meeting();
              }
              failure_ = answer ? "the answer is no JSON object" : answer.error().message;
              leave();
            });
}

void Crowd::on_meeting() {
  if (phase_ != Phase::meeting) return;
  phase_ = Phase::publishers;
  started_at_ = ticked_at_ = monotonic_now();
  arm_tick();
}

void Crowd::arm_tick() {
  tick_.expires_after(tick_interval);
  tick_.async_wait([this](const boost::system::error_code& e) {
    if (e) return;
    on_tick(monotonic_now());
    if (phase_ != Phase::leaving) arm_tick();
  });
}

void Crowd::on_tick(TimeNs now) {
  for (const auto& p : participants_) p->on_tick(now);
  progress_.show(now, count(), context_.media.totals());
  const Options& o = context_.options;
  if (phase_ == Phase::publishers) {
    join_some(now, o.publishers);
    if (has_settled(o.publishers)) phase_ = Phase::attendees;
  } else if (phase_ == Phase::attendees) {
    join_some(now, o.participants());
    if (has_settled(o.participants())) hold(now);
  } else if (phase_ == Phase::holding) {
    if (now >= phase_end_) stop_media(now);
  } else if (phase_ == Phase::draining) {
    drain(now);
  }
  ticked_at_ = now;
}

void Crowd::join_some(TimeNs now, uint32_t end) {
  const double rate = context_.options.join_rate_per_s;
  allowed_ += rate * static_cast<double>(now - ticked_at_) / 1e9;
  // Waiting for the publishers saves up no burst.
  allowed_ = std::min(allowed_, std::max(1.0, rate / 10));
  while (begun_ < end && allowed_ >= 1) {
    allowed_ -= 1;
    participants_[begun_++]->join(now);
  }
}

bool Crowd::has_settled(uint32_t end) const {
  return begun_ >= end &&
         std::all_of(participants_.begin(), participants_.begin() + end,
                     [](const auto& p) { return p->state() != Participant::State::joining; });
}

void Crowd::hold(TimeNs now) {
  phase_ = Phase::holding;
  hold_at_ = now;
  at_hold_ = context_.media.totals();
  phase_end_ = now + static_cast<TimeNs>(context_.options.duration_s * 1e9);
}

void Crowd::stop_media(TimeNs now) {
  if (hold_at_ == 0) hold_at_ = now;
  at_stop_ = context_.media.totals();
  context_.media.ask(StopPublishing{});
  phase_ = Phase::draining;
  phase_end_ = now + drain_max_ns;
  quiet_since_ = now;
}

void Crowd::drain(TimeNs now) {
  const uint64_t received = context_.media.totals().received;
  if (received != drained_) quiet_since_ = now;
  drained_ = received;
  if (now - quiet_since_ >= quiet_ns || now >= phase_end_) leave();
}

void Crowd::leave() {
  phase_ = Phase::leaving;
  progress_.finish();
  signals_.cancel();
  for (const auto& p : participants_) p->leave();
  context_.media.ask(EndLoop{});
}

void Crowd::run() {
  try {
    start();
    while (phase_ != Phase::leaving) context_.io.run_one();
    // A server that does not let go of its connections must not hold the report.
    context_.io.run_for(leave_patience);
  } catch (const std::exception& e) {
    failure_ = e.what();
    context_.media.ask(EndLoop{});
  }
}

CrowdCount Crowd::count() const {
  CrowdCount c;
  c.all = static_cast<uint32_t>(participants_.size());
  for (const auto& p : participants_) {
    if (p->state() == Participant::State::joined) ++c.joined;
    if (p->state() == Participant::State::failed) ++c.failed;
  }
  return c;
}

MediaEvents Crowd::media_events() {
  const auto post = [this](uint32_t endpoint, auto what) {
    boost::asio::post(context_.io,
                      [p = participants_[endpoint].get(), what = std::move(what)] { what(*p); });
  };
  return {
      .on_connected =
          [post](uint32_t endpoint) { post(endpoint, [](Participant& p) { p.on_connected(); }); },
      .on_dtls =
          [post](uint32_t endpoint, std::vector<uint8_t> datagram) {
            post(endpoint, [d = std::move(datagram)](Participant& p) { p.on_dtls(d); });
          },
      .on_first_media =
          [post](uint32_t endpoint) { post(endpoint, [](Participant& p) { p.on_first_media(); }); },
      .on_lost = [post](uint32_t endpoint) { post(endpoint, [](Participant& p) { p.on_lost(); }); },
  };
}

}  // namespace sluice::loadgen
