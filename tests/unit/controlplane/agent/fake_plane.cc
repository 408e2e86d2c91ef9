#include "tests/unit/controlplane/agent/fake_plane.h"

#include <gtest/gtest.h>

#include <cstring>

#include "common/shm/validate.h"

namespace sluice::agent::test {

shm::Capacities FakePlane::small_capacities() {
  shm::Capacities c;
  c.workers = 2;
  c.endpoints = 64;
  c.tracks = 256;
  c.streams = 1'024;
  c.subscriptions = 1'024;
  return c;
}

FakePlane::FakePlane(const std::string& directory, const shm::Capacities& capacities) {
  auto opened = shm::Region::open(directory, shm::Access::create, capacities);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  region_ = std::move(*opened);
  for (uint32_t w = 0; w < capacities.workers; ++w) {
    rings_.push_back(region_->rings(w));
    news_.emplace_back(rings_[w].news, region_->control(), region_->worker(w));
  }
  shm::PortInfo port;
  port.name = shm::Text<32>("front");
  port.addresses[0] = *parse_ip("192.0.2.10");
  port.addresses[1] = *parse_ip("2001:db8::10");
  for (uint32_t w = 0; w < capacities.workers; ++w) {
    port.worker_udp_port[w] = static_cast<uint16_t>(udp_port_base + w);
  }
  region_->dataplane().ports[0].publish(port);
  region_->dataplane().port_count.store(1);
}

void FakePlane::step() {
  for (shm::NewsReader& reader : news_) {
    reader.poll(1'000, [](const shm::News&) {});
    if (reader.rescan_due()) {
      reader.begin_rescan();
      reader.rescanned();
    }
    reader.quiesce();
  }
}

std::vector<std::vector<uint8_t>> FakePlane::take_injected(shm::SlotRef ref) {
  std::vector<std::vector<uint8_t>> datagrams;
  auto& ring = rings_[home(ref)].inject;
  for (const shm::Inject* i = ring.front(); i != nullptr; i = ring.front()) {
    if (i->endpoint == ref) datagrams.emplace_back(i->bytes.begin(), i->bytes.begin() + i->length);
    ring.pop();
  }
  return datagrams;
}

void FakePlane::punt(shm::SlotRef ref, const std::vector<uint8_t>& datagram,
                     shm::PuntClass punt_class) {
  shm::Punt p;
  p.endpoint = ref;
  p.remote = client_address;
  p.length = static_cast<uint16_t>(datagram.size());
  p.punt_class = punt_class;
  std::memcpy(p.bytes.data(), datagram.data(), datagram.size());
  const uint32_t worker = ref ? home(ref) : 0;
  EXPECT_TRUE(rings_[worker].punt[static_cast<std::size_t>(punt_class)].push(p));
}

void FakePlane::event(shm::EventKind kind, shm::SlotRef ref, uint8_t detail, uint32_t value) {
  shm::Event e;
  e.kind = kind;
  e.ref = ref;
  e.detail = detail;
  e.value = value;
  EXPECT_TRUE(rings_[0].events.push(e));
}

shm::SlotRef FakePlane::find_endpoint(const std::string& ufrag) {
  for (const shm::SlotRef ref : live(shm::TableId::endpoint)) {
    const shm::EndpointRecord r = endpoint(ref);
    if (r.ufrag.view() == ufrag || r.previous_ufrag.view() == ufrag) return ref;
  }
  return {};
}

shm::EndpointRecord FakePlane::endpoint(shm::SlotRef ref) {
  shm::EndpointRecord r;
  EXPECT_TRUE(region_->endpoint(ref.slot).record.read(r));
  return r;
}

shm::NegotiationRecord FakePlane::negotiation(shm::SlotRef ref) {
  shm::NegotiationRecord n;
  EXPECT_TRUE(region_->negotiation(endpoint(ref).negotiation.slot).record.read(n));
  return n;
}

shm::EndpointKeys FakePlane::keys(shm::SlotRef ref) {
  shm::EndpointKeys k;
  EXPECT_TRUE(region_->keys(ref.slot).read(k, endpoint(ref).password));
  return k;
}

std::vector<shm::SlotRef> FakePlane::live(shm::TableId table) {
  std::vector<shm::SlotRef> refs;
  for (uint32_t i = 0; i < slot_count(region_->capacities(), table); ++i) {
    const auto v = region_->head(table, i).word.load();
    if (v.state == shm::SlotState::live) refs.push_back({i, v.generation.value()});
  }
  return refs;
}

std::vector<shm::TrackRecord> FakePlane::live_tracks() {
  std::vector<shm::TrackRecord> records;
  for (const shm::SlotRef ref : live(shm::TableId::track)) {
    EXPECT_TRUE(region_->track(ref.slot).record.read(records.emplace_back()));
  }
  return records;
}

std::vector<shm::StreamRecord> FakePlane::live_streams() {
  std::vector<shm::StreamRecord> records;
  for (const shm::SlotRef ref : live(shm::TableId::stream)) {
    EXPECT_TRUE(region_->stream(ref.slot).record.read(records.emplace_back()));
  }
  return records;
}

std::vector<shm::SubscriptionRecord> FakePlane::live_subscriptions() {
  std::vector<shm::SubscriptionRecord> records;
  for (const shm::SlotRef ref : live(shm::TableId::subscription)) {
    EXPECT_TRUE(region_->subscription(ref.slot).record.read(records.emplace_back()));
  }
  return records;
}

std::string FakePlane::first_fault() {
  const shm::Capacities& c = region_->capacities();
  for (const shm::SlotRef ref : live(shm::TableId::endpoint)) {
    const shm::EndpointRecord r = endpoint(ref);
    const shm::EndpointKeys k = keys(ref);
    for (const shm::Fault f : {validate(r, c), validate(k), validate_pair(r, k)}) {
      if (!f.empty()) return std::string(f);
    }
  }
  const auto check = [&](const auto& records) {
    for (const auto& r : records) {
      if (const shm::Fault f = validate(r, c); !f.empty()) return std::string(f);
    }
    return std::string();
  };
  if (auto f = check(live_tracks()); !f.empty()) return f;
  if (auto f = check(live_streams()); !f.empty()) return f;
  return check(live_subscriptions());
}

}  // namespace sluice::agent::test
