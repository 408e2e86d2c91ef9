// What travels on the rings between the planes. Every record carries the generation of what it
// speaks of and is dropped and counted when that no longer fits.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/ip.h"
#include "common/base/time.h"
#include "common/shm/slot.h"

namespace sluice::shm {

enum class TableId : uint8_t {
  none = 0,
  endpoint = 1,
  track = 2,
  stream = 3,
  subscription = 4,
  negotiation = 5
};

// control -> worker. "Look at this slot again": published, changed or retired, the slot itself says
// which.
struct News {
  TableId table = TableId::none;
  std::array<uint8_t, 3> reserved{};
  uint32_t reserved2 = 0;
  SlotRef ref;
};
static_assert(sizeof(News) == 16);

// Punt classes, a ring and a budget each.
enum class PuntClass : uint8_t { endpoint = 0, invited = 1, stranger = 2 };
inline constexpr std::size_t punt_class_count = 3;

inline constexpr std::size_t datagram_max = 1'952;

// worker -> control: a DTLS record or STUN message the worker does not answer itself.
struct Punt {
  SlotRef endpoint;  // empty for strangers
  SocketAddress remote;
  SocketAddress local;
  TimeNs at = 0;
  uint16_t length = 0;
  PuntClass punt_class = PuntClass::stranger;
  uint8_t worker = 0;
  uint8_t port = 0;           // index of the data plane's port it came by
  uint8_t local_address = 0;  // index into that port's addresses
  std::array<uint8_t, 18> reserved{};
  std::array<uint8_t, datagram_max> bytes;
};
static_assert(sizeof(Punt) % 8 == 0 && sizeof(Punt) <= 2'048);

// control -> worker: send these bytes (DTLS) to the endpoint. remote.family 0 = its current
// address.
struct Inject {
  SlotRef endpoint;
  SocketAddress remote;
  uint16_t length = 0;
  std::array<uint8_t, 6> reserved{};
  std::array<uint8_t, datagram_max> bytes;
};

enum class EventKind : uint8_t {
  none = 0,
  endpoint_connected = 1,  // first nominated address
  endpoint_moved = 2,      // address changed
  consent_lost = 3,        // RFC 7675: 30 s without consent
  consent_regained = 4,
  endpoint_keyed = 5,  // keys expanded, media may flow
  track_started = 6,   // first authenticated packet: detail = codec, encoding, value = ssrc
  track_codec = 7,     // codec changed: detail = codec
  speaker_level = 8,   // audio track: value = smoothed level 0..127, detail = 1 speaking, 0 silent
  subscription_open = 9,  // first packet was sent
  subscription_undecodable =
      10,  // receiver has no payload type for the track's codec: detail = codec
};

// worker -> control.
struct Event {
  EventKind kind = EventKind::none;
  uint8_t worker = 0;
  uint8_t detail = 0;
  uint8_t encoding = 0;
  uint32_t value = 0;
  SlotRef ref;  // endpoint, track or subscription, by kind
  TimeNs at = 0;
  SocketAddress address;  // endpoint_connected, endpoint_moved
};
static_assert(sizeof(Event) == 48);

}  // namespace sluice::shm
