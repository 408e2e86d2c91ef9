// STUN messages (RFC 8489) with the attributes of ICE (RFC 8445 s7.1, s16.1).
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+---------------------------+-------------------------------+
//  |0 0|     STUN Message Type     |  Length without these 20 bytes|
//  +-+-+---------------------------+-------------------------------+
//  |                   Magic Cookie = 0x2112A442                   |
//  +---------------------------------------------------------------+
//  |                   Transaction ID (96 bits)                    |
//  +-------------------------------+-------------------------------+
//  |         Attribute Type        |   Length without padding      |
//  +-------------------------------+-------------------------------+
//  |                 Value, padded to 4 bytes  ...                 |
//
// Message type bits: M11..M7 C1 M6..M4 C0 M3..M0. MESSAGE-INTEGRITY is checked and made in
// common/proto, where HMAC lives; this file says which bytes it covers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/ip.h"
#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t stun_header_length = 20;
inline constexpr uint32_t stun_magic_cookie = 0x2112a442;
inline constexpr std::size_t stun_integrity_length = 20;      // HMAC-SHA1
inline constexpr std::size_t stun_username_length_max = 508;  // RFC 8489 s14.3
inline constexpr std::size_t stun_unknown_max = 8;  // unknown attributes that are remembered

enum class StunType : uint16_t {
  binding_request = 0x0001,
  binding_indication = 0x0011,
  binding_success = 0x0101,
  binding_error = 0x0111,
};

enum class StunAttribute : uint16_t {
  mapped_address = 0x0001,
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000a,
  realm = 0x0014,
  nonce = 0x0015,
  message_integrity_sha256 = 0x001c,
  xor_mapped_address = 0x0020,
  priority = 0x0024,
  use_candidate = 0x0025,
  software = 0x8022,
  fingerprint = 0x8028,
  ice_controlled = 0x8029,
  ice_controlling = 0x802a,
};

using StunTransactionId = std::array<uint8_t, 12>;

// The bytes MESSAGE-INTEGRITY covers, in order: the header with its length field as RFC 8489 s14.5
// wants it, then the attributes before MESSAGE-INTEGRITY.
struct StunIntegrityInput {
  std::array<uint8_t, stun_header_length> header;
  ByteView attributes;
};

// A message whose attributes were all walked and found consistent. Offsets are from the start, 0 =
// absent. Where an attribute comes twice the first counts; attributes behind MESSAGE-INTEGRITY do
// not count (RFC 8489 s14.5).
struct StunView {
  ByteView bytes;
  uint16_t username_offset = 0;
  uint16_t username_length = 0;
  uint16_t priority_offset = 0;
  uint16_t controlling_offset = 0;
  uint16_t controlled_offset = 0;
  uint16_t integrity_offset = 0;    // of the attribute, not of its value
  uint16_t fingerprint_offset = 0;  // of the attribute
  uint16_t error_offset = 0;
  uint16_t mapped_offset = 0;  // XOR-MAPPED-ADDRESS
  uint16_t error_length = 0;
  uint16_t mapped_length = 0;
  bool use_candidate = false;
  uint8_t unknown_count = 0;  // comprehension-required attributes this file does not know
  std::array<uint16_t, stun_unknown_max> unknown{};

  StunType type() const { return static_cast<StunType>(load_be16(bytes.data())); }
  StunTransactionId transaction_id() const;
  std::string_view username() const;  // empty when absent
  std::optional<uint32_t> priority() const;
  std::optional<uint64_t> ice_controlling() const;  // the tie-breaker
  std::optional<uint64_t> ice_controlled() const;
  std::optional<uint16_t> error_code() const;  // 300..699
  std::optional<SocketAddress> xor_mapped_address() const;
  bool has_integrity() const { return integrity_offset != 0; }
  ByteView integrity() const;                  // the 20 bytes; only when has_integrity()
  StunIntegrityInput integrity_input() const;  // only when has_integrity()
  bool has_fingerprint() const { return fingerprint_offset != 0; }
  // RFC 8489 s14.7: present and right.
  bool fingerprint_ok() const;
};

// nullopt: not STUN by header, length or cookie; an attribute that runs over the end; a known
// attribute of the wrong length; anything behind FINGERPRINT.
std::optional<StunView> parse_stun(ByteView bytes);

// RFC 8445 s7.2.2: USERNAME of a check is the receiver's fragment, a colon, the sender's fragment.
struct IceUsername {
  std::string_view receiver_ufrag;
  std::string_view sender_ufrag;
};
// nullopt: no colon, or nothing before it.
std::optional<IceUsername> parse_ice_username(std::string_view username);

// Writes one message front to back. Ends with finish(), which returns 0 if anything did not fit.
class StunWriter {
 public:
  StunWriter(ByteSpan out, StunType type, const StunTransactionId& id);

  void add(StunAttribute type, ByteView value);
  void add_u32(StunAttribute type, uint32_t value);
  void add_u64(StunAttribute type, uint64_t value);
  void add_username(std::string_view username);
  void add_xor_mapped_address(const SocketAddress& address);
  // RFC 8489 s14.8. code 300..699, reason short ASCII.
  void add_error_code(uint16_t code, std::string_view reason);
  void add_unknown_attributes(std::span<const uint16_t> types);

  // First step of MESSAGE-INTEGRITY: sets the length field (RFC 8489 s14.5) and claims the
  // attribute.
  struct IntegritySlot {
    ByteView covered;  // HMAC these bytes
    ByteSpan mac;      // into these 20 bytes, before anything else is added
  };
  std::optional<IntegritySlot> begin_integrity();
  // RFC 8489 s14.7: the last attribute.
  void add_fingerprint();
  std::size_t finish();

 private:
  void store_length(std::size_t end);
  ByteSpan out_;
  Writer w_;
};

}  // namespace sluice::wire
