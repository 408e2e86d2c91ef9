#include "controlplane/conference_loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "common/log/log.h"
#include "controlplane/random_id.h"

namespace sluice {
namespace {

bool is_direct(conference::ConnectionId connection) {
  return (connection & direct_connection_bit) != 0;
}

}  // namespace

struct ConferenceLoop::Timer {
  explicit Timer(boost::asio::io_context& io) : timer(io) {}
  boost::asio::steady_timer timer;
  TimeNs armed_for_ns = 0;  // 0 = not armed
};

ConferenceLoop::ConferenceLoop(boost::asio::io_context& io, const conference::Policy& policy,
                               conference::MeetingStore& store, Surroundings surroundings)
    : conference_(policy, random_id),
      store_(store),
      surroundings_(std::move(surroundings)),
      timer_(std::make_unique<Timer>(io)) {}

ConferenceLoop::~ConferenceLoop() = default;

conference::Now ConferenceLoop::now() {
  using std::chrono::duration_cast;
  const auto monotonic = std::chrono::steady_clock::now().time_since_epoch();
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {duration_cast<std::chrono::nanoseconds>(monotonic).count(),
          duration_cast<std::chrono::milliseconds>(wall).count()};
}

void ConferenceLoop::restore(const std::map<std::string, schema::JournalRecord>& records) {
  conference_.restore(records, now());
  carry_out();
}

void ConferenceLoop::on_meeting(const conference::Meeting& meeting) {
  conference_.on_meeting(meeting, now());
  carry_out();
}

void ConferenceLoop::on_connected(conference::ConnectionId connection,
                                  const conference::Identity& identity,
                                  const conference::Meeting& meeting,
                                  int64_t token_expires_unix_s) {
  conference_.on_connected(connection, identity, meeting, token_expires_unix_s, now());
  carry_out();
}

void ConferenceLoop::on_token_renewed(conference::ConnectionId connection,
                                      int64_t token_expires_unix_s) {
  conference_.on_token_renewed(connection, token_expires_unix_s, now());
  carry_out();
}

void ConferenceLoop::on_message(conference::ConnectionId connection,
                                const signaling::ClientMessage& message) {
  conference_.on_message(connection, message, now());
  carry_out();
}

void ConferenceLoop::on_disconnected(conference::ConnectionId connection) {
  conference_.on_disconnected(connection, now());
  carry_out();
}

void ConferenceLoop::on_report(const schema::AgentReport& report) {
  if (report.has_node_state()) {
    const schema::NodeState& node = report.node_state();
    log::info("daemon", node.dataplane_ready() ? "data plane ready" : "data plane not ready",
              {{"reason", node.reason()}});
  }
  conference_.on_report(report, now());
  carry_out();
}

conference::MoveOutcome ConferenceLoop::move(const conference::Move& wish) {
  const conference::MoveOutcome outcome = conference_.move(wish, now());
  carry_out();
  return outcome;
}

void ConferenceLoop::carry_out() {
  // The agent may report while it is being asked: that report's outputs queue up behind.
  if (carrying_out_) return;
  struct Guard {  // also when a surrounding throws
    explicit Guard(bool& f) : flag(f) { flag = true; }
    ~Guard() { flag = false; }
    bool& flag;
  };
  const Guard guard(carrying_out_);
  while (auto output = conference_.poll_output()) {
    std::visit([this](const auto& o) { carry_out(o); }, *output);
  }
  set_timer();
}

void ConferenceLoop::carry_out(const conference::Send& output) {
  std::shared_ptr<const std::string> text;  // written once, however many hear it
  for (const conference::ConnectionId connection : output.to) {
    if (is_direct(connection)) {
      direct_->on_message(connection, output.message);
      continue;
    }
    if (!text) {
      text = std::make_shared<const std::string>(signaling::write_server_message(output.message));
    }
    surroundings_.send(connection, text);
  }
}

void ConferenceLoop::carry_out(const conference::Close& output) {
  if (is_direct(output.connection)) {
    return direct_->on_close(output.connection, output.code, output.reason);
  }
  surroundings_.close(output.connection, output.code, output.reason);
}

void ConferenceLoop::carry_out(const schema::AgentRequest& output) {
  surroundings_.ask_agent(output);
}

void ConferenceLoop::carry_out(const conference::VoidParticipant& output) {
  store_.void_participant(output.meeting_id, output.participant_id, [](Status done) {
    if (!done) log::error("conference", "token not voided", {{"reason", done.error().message}});
  });
}

void ConferenceLoop::carry_out(const conference::Reissue& output) {
  if (!is_direct(output.connection)) surroundings_.reissue(output);
}

void ConferenceLoop::carry_out(const conference::ForgetMeeting& output) {
  log::info("conference", "meeting over", {{"meeting", output.meeting_id}});
  store_.remove(output.meeting_id, [](Status done) {
    if (!done) log::error("conference", "meeting not removed", {{"reason", done.error().message}});
  });
}

void ConferenceLoop::carry_out(const schema::JournalRecord& output) {
  surroundings_.keep(output);
}

void ConferenceLoop::set_timer() {
  const auto deadline = conference_.next_deadline();
  if (!deadline) return;
  if (timer_->armed_for_ns != 0 && timer_->armed_for_ns <= *deadline) return;
  timer_->armed_for_ns = *deadline;
  timer_->timer.expires_at(
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(*deadline)));
  timer_->timer.async_wait([this](boost::system::error_code failure) {
    if (failure) return;  // armed anew, or the loop is going
    timer_->armed_for_ns = 0;
    conference_.on_time(now());
    carry_out();
    set_timer();
  });
}

}  // namespace sluice
