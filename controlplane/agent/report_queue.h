// Reports on their way to the conference: in order, and never from inside the call that caused
// them.
#pragma once

#include <agent.pb.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <memory>

namespace sluice::agent {

class ReportQueue {
 public:
  ReportQueue(boost::asio::io_context& io, std::function<void(const schema::AgentReport&)> deliver)
      : io_(io), deliver_(std::move(deliver)) {}

  void push(schema::AgentReport report) {
    reports_.push_back(std::move(report));
    if (scheduled_) return;
    scheduled_ = true;
    boost::asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) flush();
    });
  }

 private:
  void flush() {
    scheduled_ = false;
    std::deque<schema::AgentReport> due;
    due.swap(reports_);
    const std::weak_ptr alive(alive_);
    for (const schema::AgentReport& report : due) {
      if (alive.expired()) return;  // the conference may end the agent
      deliver_(report);
    }
  }

  boost::asio::io_context& io_;
  std::function<void(const schema::AgentReport&)> deliver_;
  std::deque<schema::AgentReport> reports_;
  bool scheduled_ = false;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace sluice::agent
