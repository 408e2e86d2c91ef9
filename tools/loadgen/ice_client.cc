#include "tools/loadgen/ice_client.h"

#include <algorithm>
#include <cstring>

#include "common/proto/ice.h"
#include "common/proto/stun_integrity.h"

namespace sluice::loadgen {
namespace {

constexpr TimeNs wait_first_ns = 100 * ns_per_ms;
constexpr TimeNs wait_max_ns = 1'600 * ns_per_ms;
// RFC 7675 s5.1: every 5 s at most; browsers check every 2.5 s.
constexpr TimeNs consent_min_ns = 2'500 * ns_per_ms;
constexpr TimeNs consent_spread_ns = 2'500 * ns_per_ms;
constexpr TimeNs consent_lifetime_ns = 30 * ns_per_s;

}  // namespace

IceClient::IceClient(const IceCredentials& local, const IceCredentials& remote, uint64_t seed)
    : username_(remote.ufrag + ":" + local.ufrag),
      remote_pwd_(remote.pwd),
      random_(seed),
      tie_breaker_(random_.next()),
      wait_(wait_first_ns) {}

std::size_t IceClient::poll_check(TimeNs now, wire::ByteSpan out) {
  if (now < due_) return 0;
  if (is_connected()) {
    due_ = now + consent_min_ns + random_.below(consent_spread_ns);
  } else {
    due_ = now + wait_;
    wait_ = std::min(2 * wait_, wait_max_ns);
  }
  wire::StunTransactionId& id = outstanding_[checks_++ % outstanding_max];
  const uint64_t parts[] = {random_.next(), random_.next()};
  std::memcpy(id.data(), parts, id.size());
  wire::StunWriter w(out, wire::StunType::binding_request, id);
  w.add_username(username_);
  w.add_u32(wire::StunAttribute::priority, proto::host_priority(65'535));
  w.add_u64(wire::StunAttribute::ice_controlling, tie_breaker_);
  w.add(wire::StunAttribute::use_candidate, {});
  return proto::finish_with_integrity(w, remote_pwd_);
}

IceClient::Outcome IceClient::on_datagram(wire::ByteView datagram, TimeNs now) {
  const auto stun = wire::parse_stun(datagram);
  if (!stun || stun->type() != wire::StunType::binding_success) return Outcome::nothing;
  const auto known = std::ranges::find(outstanding_, stun->transaction_id());
  const bool valid = known != outstanding_.end() && proto::verify_integrity(*stun, remote_pwd_);
  if (!valid) return Outcome::nothing;
  const bool first = !is_connected();
  answered_at_ = now;
  if (!first) return Outcome::nothing;
  due_ = now + consent_min_ns + random_.below(consent_spread_ns);
  return Outcome::connected;
}

bool IceClient::has_expired(TimeNs now) const {
  return is_connected() && now - answered_at_ > consent_lifetime_ns;
}

}  // namespace sluice::loadgen
