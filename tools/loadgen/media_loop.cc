#include "tools/loadgen/media_loop.h"

#include <rte_mbuf.h>
#include <sys/prctl.h>

#include <array>

#include "common/wire/demux.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "tools/loadgen/clock.h"

namespace sluice::loadgen {
namespace {

constexpr TimeNs never = INT64_MAX;
constexpr TimeNs scan_interval_ns = ns_per_ms;
constexpr TimeNs totals_interval_ns = ns_per_s / 2;
constexpr TimeNs hop_retry_ns = 20 * ns_per_ms;
constexpr int bursts_per_loop = 8;  // then what is due gets its turn

}  // namespace

MediaLoop::MediaLoop(const Options& options, Port& port, std::unique_ptr<srtp::Engine> engine,
                     std::unique_ptr<srtp::Engine> checking)
    : options_(options),
      port_(port),
      engine_(std::move(engine)),
      checking_(std::move(checking)),
      local_(options.networks, options.port_base),
      out_(port),
      batch_(*engine_, out_),
      neighbours_(local_, options.gateway, port.mac()),
      endpoints_(options.participants()),
      due_(options.participants(), never) {}

void MediaLoop::run(const MediaEvents& events) {
  events_ = &events;
  prctl(PR_SET_TIMERSLACK, 1);
  const timespec pause{0, static_cast<long>(options_.idle_sleep_us) * 1'000};
  while (!ended_) {
    const TimeNs now = monotonic_now();
    bool busy = take_commands(now);
    busy |= receive(now);
    busy |= serve_due(now);
    out_.flush();
    if (now >= totals_due_) {
      totals_due_ = now + totals_interval_ns;
      publish_totals(now);
    }
    if (!busy && options_.idle_sleep_us != 0) nanosleep(&pause, nullptr);
  }
  publish_totals(monotonic_now());
}

bool MediaLoop::take_commands(TimeNs now) {
  commands_.take(taken_);
  for (const MediaCommand& c : taken_) {
    std::visit([&](const auto& command) { on(command, now); }, c);
  }
  return !taken_.empty();
}

bool MediaLoop::receive(TimeNs now) {
  std::array<rte_mbuf*, Port::burst_max> frames;
  bool any = false;
  for (int burst = 0; burst < bursts_per_loop; ++burst) {
    const uint16_t count = port_.receive(frames.data());
    any |= count != 0;
    for (uint16_t i = 0; i < count; ++i) {
      rte_mbuf* m = frames[i];
      if (m->nb_segs == 1) on_frame({rte_pktmbuf_mtod(m, uint8_t*), m->data_len}, now);
      rte_pktmbuf_free(m);
    }
    if (count < Port::burst_max) break;
  }
  return any;
}

void MediaLoop::on_frame(wire::ByteSpan frame, TimeNs now) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return;
  if (ethernet->ether_type == wire::ether_type_arp) {
    return neighbours_.on_frame(ethernet->payload, now, out_);
  }
  if (ethernet->ether_type != wire::ether_type_ipv4) return;
  const auto ip = wire::parse_ipv4(ethernet->payload);
  if (!ip || ip->protocol() != wire::ip_protocol_udp || ip->is_fragment()) return;
  const auto udp = wire::parse_udp(ip->payload);
  if (!udp || !local_.is_local(ip->destination())) return;
  const auto endpoint = local_.endpoint_at(ip->destination(), udp->destination_port());
  if (!endpoint || *endpoint >= endpoints_.size() || !endpoints_[*endpoint]) {
    ++stray_;
    return;
  }
  const auto at = static_cast<std::size_t>(udp->payload.data() - frame.data());
  on_datagram(*endpoint, frame.subspan(at, udp->payload.size()), now);
}

void MediaLoop::on_datagram(uint32_t endpoint, wire::ByteSpan datagram, TimeNs now) {
  Endpoint& e = *endpoints_[endpoint];
  switch (wire::demux(datagram)) {
    case wire::Protocol::srtp:
      if (e.attendee && e.attendee->on_media(datagram, now)) events_->on_first_media(endpoint);
      return;
    case wire::Protocol::srtcp:
      if (e.attendee) e.attendee->on_rtcp(datagram, now);
      if (e.publisher && !e.publisher->on_rtcp(datagram)) ++rtcp_bad_;
      return;
    case wire::Protocol::stun:
      if (e.ice.on_datagram(datagram, now) == IceClient::Outcome::connected) {
        events_->on_connected(endpoint);
      }
      return;
    case wire::Protocol::dtls:
      return events_->on_dtls(endpoint, {datagram.begin(), datagram.end()});
    default:
      ++stray_;
  }
}

bool MediaLoop::serve_due(TimeNs now) {
  if (now < scan_due_) return false;
  scan_due_ = now + scan_interval_ns;
  bool any = false;
  for (uint32_t i = 0; i < due_.size(); ++i) {
    if (due_[i] > now) continue;
    serve(i, now);
    any = true;
  }
  return any;
}

void MediaLoop::serve(uint32_t endpoint, TimeNs now) {
  Endpoint& e = *endpoints_[endpoint];
  const wire::MacAddress* hop = neighbours_.next_hop(e.route.remote.ip, now, out_);
  if (hop == nullptr) {
    due_[endpoint] = now + hop_retry_ns;
    return;
  }
  e.route.next_hop = *hop;
  std::array<uint8_t, 512> check;
  const std::size_t length = e.ice.poll_check(now, check);
  out_.send(wire::ByteView(check).first(length), e.route);
  if (e.ice.has_expired(now) && !e.lost_told) {
    e.lost_told = true;
    events_->on_lost(endpoint);
  }
  if (e.publisher) e.publisher->poll(now, unix_now(), e.route, batch_, out_);
  if (e.attendee) e.attendee->poll(now, e.route, out_);
  due_[endpoint] = e.due();
}

void MediaLoop::on(const OpenEndpoint& c, TimeNs now) {
  endpoints_[c.endpoint] =
      std::make_unique<Endpoint>(local_.of(c.endpoint), c, static_cast<uint64_t>(now) + c.endpoint);
  serve(c.endpoint, now);
}

void MediaLoop::on(const SendDtls& c, TimeNs) {
  for (const auto& datagram : c.datagrams) out_.send(datagram, endpoints_[c.endpoint]->route);
}

void MediaLoop::on(const NameSource& c, TimeNs) {
  names_[c.csrc] = c.name;
}

void MediaLoop::on(const StartPublisher& c, TimeNs now) {
  endpoints_[c.endpoint]->publisher = std::make_unique<Publisher>(
      c.terms, *engine_, c.keys, now, static_cast<uint64_t>(now) + c.endpoint);
  due_[c.endpoint] = now;
}

void MediaLoop::on(const StartAttendee& c, TimeNs now) {
  auto& attendee = endpoints_[c.endpoint]->attendee;
  attendee = std::make_unique<Attendee>(*engine_, c.keys, c.cname, now,
                                        static_cast<uint64_t>(now) + c.endpoint);
  attendee->offer(c.streams);
  if (c.is_sampled) {
    attendee->inspect(*checking_, c.keys, options_.codec, !options_.canned.empty(), names_);
  }
  due_[c.endpoint] = now;
}

void MediaLoop::on(const OfferStreams& c, TimeNs) {
  endpoints_[c.endpoint]->attendee->offer(c.streams);
}

void MediaLoop::on(const AwaitStream& c, TimeNs now) {
  endpoints_[c.endpoint]->attendee->await(c.mid, now);
  due_[c.endpoint] = std::min(due_[c.endpoint], now);
}

void MediaLoop::on(const StopPublishing&, TimeNs) {
  for (const auto& e : endpoints_) {
    if (e && e->publisher) e->publisher->stop();
  }
}

void MediaLoop::on(const EndLoop&, TimeNs) {
  ended_ = true;
}

void MediaLoop::publish_totals(TimeNs now) {
  MediaTotals t;
  t.at = now;
  for (const auto& e : endpoints_) {
    if (!e) continue;
    if (e->publisher) {
      t.sent += e->publisher->count().packets;
      t.sent_bytes += e->publisher->count().bytes;
    }
    if (!e->attendee) continue;
    t.received += e->attendee->count().packets;
    t.received_bytes += e->attendee->count().bytes;
    for (const ReceivedStream& s : e->attendee->streams()) t.lost += s.lost();
    if (e->attendee->inspector()) t.bad += e->attendee->inspector()->findings().bad();
  }
  const std::lock_guard lock(totals_mutex_);
  totals_ = t;
}

MediaTotals MediaLoop::totals() const {
  const std::lock_guard lock(totals_mutex_);
  return totals_;
}

}  // namespace sluice::loadgen
