// Everybody: makes the meeting, lets publishers and then attendees join at the rate asked for,
// holds the call, stops the media, lets what is on its way arrive, and leaves. Lives on the
// signaling thread.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/loadgen/participant.h"
#include "tools/loadgen/progress.h"

namespace sluice::loadgen {

class Crowd {
 public:
  explicit Crowd(ParticipantContext& context);

  // Runs context.io until everybody has left; the poll loop has been told to end then.
  void run();
  // What the poll loop calls, on its own thread.
  MediaEvents media_events();

  const std::vector<std::unique_ptr<Participant>>& participants() const { return participants_; }
  // Why there was no meeting, or why it could not go on; empty when it did.
  const std::string& failure() const { return failure_; }
  bool is_interrupted() const { return interrupted_; }
  // Of the call after the last join.
  const MediaTotals& at_hold() const { return at_hold_; }
  const MediaTotals& at_stop() const { return at_stop_; }
  TimeNs joins_took() const { return hold_at_ - started_at_; }

 private:
  enum class Phase : uint8_t { meeting, publishers, attendees, holding, draining, leaving };

  void start();
  void make_meeting();
  void on_meeting();
  void arm_tick();
  void on_tick(TimeNs now);
  void join_some(TimeNs now, uint32_t end);
  bool has_settled(uint32_t end) const;
  void hold(TimeNs now);
  void stop_media(TimeNs now);
  void drain(TimeNs now);
  void leave();
  CrowdCount count() const;

  ParticipantContext& context_;
  boost::asio::steady_timer tick_;
  boost::asio::signal_set signals_;
  Progress progress_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::string failure_;
  Phase phase_ = Phase::meeting;
  bool interrupted_ = false;
  uint32_t begun_ = 0;  // joins
  double allowed_ = 0;  // joins that the rate has allowed by now
  TimeNs ticked_at_ = 0;
  TimeNs started_at_ = 0;
  TimeNs hold_at_ = 0;
  TimeNs phase_end_ = 0;
  TimeNs quiet_since_ = 0;
  uint64_t drained_ = 0;  // what had been received then
  MediaTotals at_hold_, at_stop_;
};

}  // namespace sluice::loadgen
