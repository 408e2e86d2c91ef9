// The service manager's view of a daemon that runs an io_context: ready, then alive as long as the
// loop turns.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace sluice {

class ServiceWatch {
 public:
  explicit ServiceWatch(boost::asio::io_context& io);

  // The daemon serves from now on.
  void start();
  // It was told to end; alive until the loop does.
  static void stopping();

 private:
  void wait();

  const std::chrono::nanoseconds interval_;  // 0 = nobody watches
  boost::asio::steady_timer timer_;
};

}  // namespace sluice
