// STUN and DTLS.
#include <array>

#include "common/base/assert.h"
#include "common/wire/dtls.h"
#include "common/wire/stun.h"
#include "tests/fuzz/sink.h"
#include "tests/fuzz/touch.h"

namespace sluice::fuzz {

using namespace wire;

void touch_stun(ByteView bytes) {
  const auto v = parse_stun(bytes);
  if (!v) return;
  sink(static_cast<uint64_t>(v->type()));
  sink(ByteView(v->transaction_id()));
  sink(v->username());
  if (const auto u = parse_ice_username(v->username())) {
    SLUICE_ASSERT(u->receiver_ufrag.size() + 1 + u->sender_ufrag.size() == v->username_length);
  }
  sink(uint64_t{v->priority().value_or(0)} + v->ice_controlling().value_or(0) +
       v->ice_controlled().value_or(0));
  sink(uint64_t{v->error_code().value_or(300)});
  if (v->has_integrity()) {
    sink(v->integrity());
    const StunIntegrityInput in = v->integrity_input();
    sink(ByteView(in.header));
    sink(in.attributes);
  }
  sink(uint64_t{v->fingerprint_ok()});
  sink(ByteView(reinterpret_cast<const uint8_t*>(v->unknown.data()), v->unknown_count * 2u));
  if (const auto a = v->xor_mapped_address()) {
    std::array<uint8_t, 64> out;
    StunWriter w(out, v->type(), v->transaction_id());
    w.add_xor_mapped_address(*a);
    const auto again = parse_stun(ByteView(out).first(w.finish()));
    SLUICE_ASSERT(again && again->xor_mapped_address() == a);
  }
}

void touch_dtls(ByteView bytes) {
  DtlsReader reader(bytes);
  DtlsRecord r;
  std::size_t length = 0;
  while (reader.next(r)) {
    sink(static_cast<uint64_t>(r.type()) + r.version() + r.epoch() + r.seq());
    sink(r.fragment());
    length += r.bytes.size();
  }
  SLUICE_ASSERT(length <= bytes.size() && (!reader.ok() || length == bytes.size()));
  sink(uint64_t{is_dtls(bytes)} + is_client_hello(bytes));
}

}  // namespace sluice::fuzz
