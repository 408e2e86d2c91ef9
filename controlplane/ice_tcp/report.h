// What went through, for the log: sums since the start, once a minute when they have changed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controlplane/ice_tcp/gateway.h"

namespace sluice::ice_tcp {

class Report {
 public:
  Report(boost::asio::io_context& io, const Gateway& gateway) : gateway_(gateway), timer_(io) {}

  void start();
  // Now, changed or not.
  void write() const;

 private:
  const Gateway& gateway_;
  boost::asio::steady_timer timer_;
  GatewayCounters told_;
};

}  // namespace sluice::ice_tcp
