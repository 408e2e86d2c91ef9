#include "controlplane/ice_tcp/flow.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "common/wire/stream_frame.h"

namespace sluice::ice_tcp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Datagrams taken in one go, so that one busy flow does not hold up the others.
constexpr int datagrams_at_once = 64;

}  // namespace

Flow::Flow(asio::ip::tcp::socket client, const FlowLimits& limits, FlowCounters& counters)
    : client_(std::move(client)),
      worker_(client_.get_executor()),
      limits_(limits),
      counters_(counters) {}

Status Flow::start(const asio::ip::udp::endpoint& worker) {
  error_code failure;
  client_.set_option(asio::ip::tcp::no_delay(true), failure);
  client_.non_blocking(true, failure);
  worker_.open(worker.protocol(), failure);
  if (!failure) worker_.non_blocking(true, failure);
  if (!failure) worker_.connect(worker, failure);
  if (failure) return Error{"UDP socket: " + failure.message()};
  ++counters_.opened;
  read_client();
  read_worker();
  return {};
}

void Flow::close() {
  open_ = false;
  error_code ignored;
  client_.close(ignored);
  worker_.close(ignored);
}

void Flow::end(uint64_t& reason) {
  if (!open_) return;
  ++reason;
  close();
}

bool Flow::sweep(Clock::time_point now) {
  if (open_ && !answered_ && now - begun_ > limits_.answer) end(counters_.ended_unanswered);
  if (open_ && now - heard_ > limits_.silence) end(counters_.ended_silent);
  return !open_;
}

void Flow::read_client() {
  const auto free = asio::buffer(in_.data() + in_length_, in_.size() - in_length_);
  client_.async_read_some(free,
                          [self = shared_from_this()](error_code failure, std::size_t length) {
                            if (!self->open_) return;
                            if (failure) return self->end(self->counters_.ended_by_client);
                            self->in_length_ += length;
                            if (!self->take_frames())
                              return self->end(self->counters_.ended_oversized);
                            self->read_client();
                          });
}

bool Flow::take_frames() {
  wire::ByteView left(in_.data(), in_length_);
  while (const auto packet = wire::take_stream_frame(left)) {
    heard_ = Clock::now();
    error_code failure;
    // A worker that is gone for a moment refuses (ICMP); its client waits for it.
    worker_.send(asio::buffer(packet->data(), packet->size()), 0, failure);
    if (failure) {
      ++counters_.dropped_in;
      continue;
    }
    ++counters_.packets_in;
    counters_.bytes_in += packet->size();
  }
  if (wire::stream_frame_length(left).value_or(0) > packet_length_max) return false;
  std::copy(left.begin(), left.end(), in_.begin());
  in_length_ = left.size();
  return true;
}

void Flow::read_worker() {
  worker_.async_wait(asio::ip::udp::socket::wait_read,
                     [self = shared_from_this()](error_code failure) {
                       if (failure || !self->open_) return;
                       self->take_datagrams();
                       self->write_client();
                       self->read_worker();
                     });
}

void Flow::take_datagrams() {
  std::array<uint8_t, wire::stream_frame_header_length + packet_length_max> frame;
  const auto packet =
      asio::buffer(frame.data() + wire::stream_frame_header_length, packet_length_max);
  for (int i = 0; i < datagrams_at_once; ++i) {
    error_code failure;
    const std::size_t length = worker_.receive(packet, 0, failure);
    if (failure == asio::error::would_block) return;
    if (failure) continue;  // of an earlier send
    answered_ = true;
    const std::size_t whole = wire::stream_frame_header_length + length;
    if (waiting_.size() + whole > queued_bytes_max) {
      ++counters_.dropped_out;
      continue;
    }
    ++counters_.packets_out;
    counters_.bytes_out += length;
    wire::store_stream_frame_header(frame.data(), length);
    waiting_.insert(waiting_.end(), frame.begin(), frame.begin() + static_cast<long>(whole));
  }
}

void Flow::write_client() {
  if (writing_ || waiting_.empty()) return;
  writing_ = true;
  on_the_way_.swap(waiting_);
  waiting_.clear();
  asio::async_write(client_, asio::buffer(on_the_way_),
                    [self = shared_from_this()](error_code failure, std::size_t) {
                      self->writing_ = false;
                      if (!self->open_) return;
                      if (failure) return self->end(self->counters_.ended_by_client);
                      self->write_client();
                    });
}

}  // namespace sluice::ice_tcp
