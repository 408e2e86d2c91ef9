// A data plane without packets: makes the region, reads news and injected datagrams, pushes punts
// and events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/shm/news_reader.h"
#include "common/shm/region.h"

namespace sluice::agent::test {

class FakePlane {
 public:
  static shm::Capacities small_capacities();
  // Makes or adopts the region in `directory`, with one port that has an IPv4 and an IPv6 address.
  explicit FakePlane(const std::string& directory, const shm::Capacities& capacities);

  // One loop of every worker: news, quiescent point.
  void step();
  // Datagrams the agent wants sent to this endpoint, in order.
  std::vector<std::vector<uint8_t>> take_injected(shm::SlotRef endpoint);
  void punt(shm::SlotRef endpoint, const std::vector<uint8_t>& datagram,
            shm::PuntClass punt_class = shm::PuntClass::invited);
  void event(shm::EventKind kind, shm::SlotRef ref, uint8_t detail = 0, uint32_t value = 0);
  // Endpoint slots by their fragment.
  shm::SlotRef find_endpoint(const std::string& ufrag);
  shm::EndpointRecord endpoint(shm::SlotRef ref);
  shm::NegotiationRecord negotiation(shm::SlotRef ref);
  shm::EndpointKeys keys(shm::SlotRef ref);
  std::vector<shm::TrackRecord> live_tracks();
  std::vector<shm::StreamRecord> live_streams();
  std::vector<shm::SubscriptionRecord> live_subscriptions();
  std::vector<shm::SlotRef> live(shm::TableId table);
  // Every live record passes the check that workers apply. Empty = all good.
  std::string first_fault();
  shm::Region& region() { return *region_; }

  static constexpr uint16_t udp_port_base = 40'000;
  SocketAddress client_address{*parse_ip("198.51.100.7"), 5'000, 0};

 private:
  uint32_t home(shm::SlotRef ref) { return endpoint(ref).home_worker; }

  std::unique_ptr<shm::Region> region_;
  std::vector<shm::WorkerRings> rings_;
  std::vector<shm::NewsReader> news_;
};

}  // namespace sluice::agent::test
