#include "dataplane/neighbours.h"

#include <array>

#include "common/wire/arp.h"
#include "dataplane/port/port.h"
#include "dataplane/tx.h"

namespace sluice::dataplane {
namespace {

using shm::Counter;

constexpr std::size_t frame_max = 1'536;

class PortSink final : public FrameSink {
 public:
  PortSink(Tx& tx, uint8_t port) : tx_(tx), port_(port) {}
  void send(wire::ByteView frame) override { tx_.send_frame(port_, frame); }

 private:
  Tx& tx_;
  uint8_t port_;
};

Counter counter_of(NeighbourVerdict verdict, Counter consumed, Counter malformed) {
  if (verdict == NeighbourVerdict::consumed) return consumed;
  return verdict == NeighbourVerdict::malformed ? malformed : Counter::not_ours;
}

}  // namespace

Neighbours::Neighbours(std::span<Port* const> ports, uint32_t worker, Tx& tx,
                       shm::Counters& counters)
    : ports_(ports), worker_(worker), tx_(tx), counters_(counters), link_ups_seen_(ports.size()) {
  for (std::size_t i = 0; i < ports.size(); ++i) link_ups_seen_[i] = ports[i]->link_ups();
}

void Neighbours::on_arp(Port& port, const wire::EthernetView& frame, TimeNs now) {
  const auto arp = wire::parse_arp(frame.payload);
  if (!arp) {
    counters_[Counter::drop_malformed_ethernet]++;
    return;
  }
  PortSink sink(tx_, port.index());
  const auto verdict = port.resolver().on_arp(*arp, now, sink);
  counters_[counter_of(verdict, Counter::arp_answered, Counter::drop_malformed_ethernet)]++;
}

void Neighbours::on_neighbor_discovery(Port& port, const wire::Ipv6View& ip,
                                       const wire::Icmpv6View& icmp, TimeNs now) {
  const auto message = wire::parse_neighbor(ip, icmp);
  if (!message) {
    counters_[Counter::drop_malformed_ip]++;
    return;
  }
  PortSink sink(tx_, port.index());
  const auto verdict = port.resolver().on_neighbor(ip, *message, now, sink);
  counters_[counter_of(verdict, Counter::ndp_answered, Counter::drop_malformed_ip)]++;
}

void Neighbours::on_echo(Port& port, const wire::EthernetView& frame, const wire::Ipv4View& ip,
                         const wire::IcmpView& icmp) {
  if (!take_echo()) return;
  std::array<uint8_t, frame_max> reply;
  const wire::ByteSpan out(reply);
  const Attachment& from = port.attachment();
  const std::size_t link =
      wire::write_ethernet(out, frame.source(), from.mac, from.vlan, wire::ether_type_ipv4);
  const wire::Ipv4Fields fields{.source = ip.destination(),
                                .destination = ip.source(),
                                .protocol = wire::ip_protocol_icmp,
                                .dscp = ip.dscp()};
  const std::size_t header = wire::write_ipv4(out.subspan(link), fields, icmp.bytes.size());
  const std::size_t message = wire::write_echo_reply(out.subspan(link + header), icmp);
  if (message != 0)
    tx_.send_frame(port.index(), wire::ByteView(out).first(link + header + message));
}

void Neighbours::on_echo(Port& port, const wire::EthernetView& frame, const wire::Ipv6View& ip,
                         const wire::Icmpv6View& icmp) {
  if (!take_echo()) return;
  std::array<uint8_t, frame_max> reply;
  const wire::ByteSpan out(reply);
  const Attachment& from = port.attachment();
  const std::size_t link =
      wire::write_ethernet(out, frame.source(), from.mac, from.vlan, wire::ether_type_ipv6);
  const wire::Ipv6Fields fields{
      .source = ip.destination(), .destination = ip.source(), .protocol = wire::ip_protocol_icmpv6};
  const std::size_t header = wire::write_ipv6(out.subspan(link), fields, icmp.bytes.size());
  const std::size_t message =
      wire::write_echo_reply(out.subspan(link + header), fields.source, fields.destination, icmp);
  if (message != 0)
    tx_.send_frame(port.index(), wire::ByteView(out).first(link + header + message));
}

// A reply is a frame of its own; a flood of them would fill the queues that media leaves by.
bool Neighbours::take_echo() {
  const bool taken = Budgets::take(echoes_, echoes_max);
  counters_[taken ? Counter::icmp_answered : Counter::drop_echo_budget]++;
  return taken;
}

void Neighbours::poll(TimeNs now) {
  if (now >= echoes_until_) {
    echoes_until_ = now + budget_interval_ns;
    echoes_ = 0;
  }
  if (worker_ != 0) return;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = *ports_[i];
    const uint32_t ups = port.link_ups();
    if (ups != link_ups_seen_[i]) {
      link_ups_seen_[i] = ups;
      port.resolver().on_link_up(now);
    }
    PortSink sink(tx_, port.index());
    port.resolver().poll(now, sink);
  }
}

}  // namespace sluice::dataplane
