#include "controlplane/agent/transports.h"

namespace sluice::agent {
namespace {

uint64_t key(shm::SlotRef ref) {
  return uint64_t{ref.slot} << 32 | ref.generation;
}

}  // namespace

Result<Endpoint*> Transports::open(const schema::OpenEndpoint& request) {
  const std::string& id = request.endpoint_id();
  Endpoint* endpoint = nullptr;
  switch (request.role()) {
    case schema::OpenEndpoint::PUBLISH: {
      auto p = std::make_unique<PublishTransport>(node_, tracks_, id);
      if (Status s = p->open(request); !s) return s.error();
      endpoint = &p->endpoint();
      publishers_[id] = std::move(p);
      break;
    }
    case schema::OpenEndpoint::RECEIVE:
    case schema::OpenEndpoint::PLAY: {
      auto r = std::make_unique<ReceiveTransport>(node_, id);
      if (Status s = r->open(request); !s) return s.error();
      endpoint = &r->endpoint();
      receivers_[id] = std::move(r);
      break;
    }
    default:
      return Error{"no role"};
  }
  by_slot_[key(endpoint->ref())] = endpoint;
  return endpoint;
}

Endpoint* Transports::adopt(const StandingEndpoint& standing,
                            const schema::JournaledTransport& known) {
  const std::string& id = known.endpoint_id();
  Endpoint* endpoint = nullptr;
  if (known.role() == schema::OpenEndpoint::PUBLISH) {
    auto p = std::make_unique<PublishTransport>(node_, tracks_, id);
    if (!p->adopt(standing, known)) return nullptr;
    endpoint = &p->endpoint();
    publishers_[id] = std::move(p);
  } else {
    auto r = std::make_unique<ReceiveTransport>(node_, id);
    if (!r->adopt(standing, known)) return nullptr;
    endpoint = &r->endpoint();
    receivers_[id] = std::move(r);
  }
  by_slot_[key(endpoint->ref())] = endpoint;
  return endpoint;
}

void Transports::close(const std::string& id) {
  if (const Endpoint* e = endpoint(id)) by_slot_.erase(key(e->ref()));
  publishers_.erase(id);
  receivers_.erase(id);
}

void Transports::forget() {
  for (const auto& [id, p] : publishers_) p->forget();
  for (const auto& [id, r] : receivers_) r->forget();
  by_slot_.clear();
  publishers_.clear();
  receivers_.clear();
}

PublishTransport* Transports::publisher(const std::string& id) {
  const auto at = publishers_.find(id);
  return at == publishers_.end() ? nullptr : at->second.get();
}

ReceiveTransport* Transports::receiver(const std::string& id) {
  const auto at = receivers_.find(id);
  return at == receivers_.end() ? nullptr : at->second.get();
}

Endpoint* Transports::endpoint(const std::string& id) {
  if (PublishTransport* p = publisher(id)) return &p->endpoint();
  ReceiveTransport* r = receiver(id);
  return r == nullptr ? nullptr : &r->endpoint();
}

Endpoint* Transports::endpoint(shm::SlotRef ref) {
  const auto at = by_slot_.find(key(ref));
  return at == by_slot_.end() ? nullptr : at->second;
}

std::vector<std::string> Transports::ids() const {
  std::vector<std::string> all;
  for (const auto& [id, p] : publishers_) all.push_back(id);
  for (const auto& [id, r] : receivers_) all.push_back(id);
  return all;
}

}  // namespace sluice::agent
