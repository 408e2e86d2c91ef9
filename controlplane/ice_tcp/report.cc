#include "controlplane/ice_tcp/report.h"

#include <chrono>

#include "common/log/log.h"

namespace sluice::ice_tcp {

namespace {

constexpr std::chrono::minutes interval{1};

}  // namespace

void Report::start() {
  timer_.expires_after(interval);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    if (!(told_ == gateway_.counters())) {
      told_ = gateway_.counters();
      write();
    }
    start();
  });
}

void Report::write() const {
  const GatewayCounters& c = gateway_.counters();
  log::info("ice_tcp", "so far",
            {{"clients", gateway_.size()},
             {"opened", c.opened},
             {"ended_by_client", c.ended_by_client},
             {"ended_unanswered", c.ended_unanswered},
             {"ended_silent", c.ended_silent},
             {"ended_oversized", c.ended_oversized},
             {"refused_full", c.refused_full},
             {"failed", c.failed},
             {"packets_in", c.packets_in},
             {"packets_out", c.packets_out},
             {"bytes_in", c.bytes_in},
             {"bytes_out", c.bytes_out},
             {"dropped_in", c.dropped_in},
             {"dropped_out", c.dropped_out}});
}

}  // namespace sluice::ice_tcp
