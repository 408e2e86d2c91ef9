#include "controlplane/service_watch.h"

#include "common/service/service_manager.h"

namespace sluice {

ServiceWatch::ServiceWatch(boost::asio::io_context& io)
    : interval_(service::alive_interval_ns()), timer_(io) {}

void ServiceWatch::start() {
  service::tell_ready();
  if (interval_.count() > 0) wait();
}

void ServiceWatch::stopping() {
  service::tell_stopping();
}

void ServiceWatch::wait() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    service::tell_alive();
    wait();
  });
}

}  // namespace sluice
