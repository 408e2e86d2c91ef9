#include "common/wire/stun.h"

#include "common/wire/crc32.h"

namespace sluice::wire {
namespace {

constexpr std::size_t attribute_header_length = 4;
constexpr uint32_t fingerprint_xor = 0x5354554e;  // RFC 8489 s14.7: "STUN"

constexpr std::size_t padded(std::size_t n) {
  return (n + 3) & ~std::size_t{3};
}

// RFC 8489 s14.2: the address is XORed with the cookie and, IPv6, the transaction id behind it; its
// own inverse.
IpAddress xor_address(IpAddress ip, const uint8_t* message) {
  const std::size_t length = ip.is_v6() ? 16 : 4;
  for (std::size_t i = 0; i < length; i++) ip.bytes[i] ^= message[4 + i];
  return ip;
}

constexpr uint16_t xor_port(uint16_t port) {
  return static_cast<uint16_t>(port ^ (stun_magic_cookie >> 16));
}

struct Attribute {
  uint16_t type;
  uint16_t offset;  // of the attribute header
  uint16_t length;
  uint16_t value() const { return static_cast<uint16_t>(offset + attribute_header_length); }
};

void remember(uint16_t& field, uint16_t offset) {
  if (field == 0) field = offset;
}

// False when an attribute of a fixed shape has another one.
bool take_attribute(StunView& v, const Attribute& a) {
  switch (static_cast<StunAttribute>(a.type)) {
    case StunAttribute::username:
      if (a.length > stun_username_length_max) return false;
      if (v.username_offset == 0) v.username_length = a.length;
      remember(v.username_offset, a.value());
      return true;
    case StunAttribute::priority:
      remember(v.priority_offset, a.value());
      return a.length == 4;
    case StunAttribute::use_candidate:
      v.use_candidate = true;
      return a.length == 0;
    case StunAttribute::ice_controlling:
      remember(v.controlling_offset, a.value());
      return a.length == 8;
    case StunAttribute::ice_controlled:
      remember(v.controlled_offset, a.value());
      return a.length == 8;
    case StunAttribute::message_integrity:
      remember(v.integrity_offset, a.offset);
      return a.length == stun_integrity_length;
    case StunAttribute::error_code:
      if (v.error_offset == 0) v.error_length = a.length;
      remember(v.error_offset, a.value());
      return a.length >= 4;
    case StunAttribute::xor_mapped_address:
      if (v.mapped_offset == 0) v.mapped_length = a.length;
      remember(v.mapped_offset, a.value());
      return a.length == 8 || a.length == 20;
    case StunAttribute::mapped_address:
    case StunAttribute::unknown_attributes:
    case StunAttribute::realm:
    case StunAttribute::nonce:
    case StunAttribute::message_integrity_sha256:
      return true;
    default:
      break;
  }
  // RFC 8489 s14: 0x0000..0x7fff must be understood, the rest may be ignored.
  if (a.type < 0x8000 && v.unknown_count < stun_unknown_max) v.unknown[v.unknown_count++] = a.type;
  return true;
}

}  // namespace

std::optional<StunView> parse_stun(ByteView bytes) {
  if (bytes.size() < stun_header_length || bytes.size() > 0xffff) return std::nullopt;
  const uint8_t* p = bytes.data();
  const std::size_t length = load_be16(p + 2);
  if ((p[0] & 0xc0) != 0 || length % 4 != 0 || length + stun_header_length != bytes.size() ||
      load_be32(p + 4) != stun_magic_cookie) {
    return std::nullopt;
  }
  StunView v{.bytes = bytes};
  for (std::size_t at = stun_header_length; at < bytes.size();) {
    // The length is a multiple of four, so an attribute header is always whole.
    const Attribute a{load_be16(p + at), static_cast<uint16_t>(at), load_be16(p + at + 2)};
    if (padded(a.length) > bytes.size() - at - attribute_header_length) return std::nullopt;
    at += attribute_header_length + padded(a.length);
    if (static_cast<StunAttribute>(a.type) == StunAttribute::fingerprint) {
      if (a.length != 4 || at != bytes.size()) return std::nullopt;
      v.fingerprint_offset = a.offset;
    } else if (!v.has_integrity() && !take_attribute(v, a)) {
      return std::nullopt;
    }
  }
  return v;
}

StunTransactionId StunView::transaction_id() const {
  StunTransactionId id;
  std::memcpy(id.data(), bytes.data() + 8, id.size());
  return id;
}

std::string_view StunView::username() const {
  return {reinterpret_cast<const char*>(bytes.data()) + username_offset, username_length};
}

std::optional<uint32_t> StunView::priority() const {
  if (priority_offset == 0) return std::nullopt;
  return load_be32(bytes.data() + priority_offset);
}

std::optional<uint64_t> StunView::ice_controlling() const {
  if (controlling_offset == 0) return std::nullopt;
  return load_be64(bytes.data() + controlling_offset);
}

std::optional<uint64_t> StunView::ice_controlled() const {
  if (controlled_offset == 0) return std::nullopt;
  return load_be64(bytes.data() + controlled_offset);
}

std::optional<uint16_t> StunView::error_code() const {
  if (error_offset == 0) return std::nullopt;
  // RFC 8489 s14.8: the hundreds in three bits, then the rest.
  const unsigned hundreds = bytes[error_offset + 2u] & 7u;
  const unsigned rest = bytes[error_offset + 3u];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return static_cast<uint16_t>(hundreds * 100 + rest);
}

std::optional<SocketAddress> StunView::xor_mapped_address() const {
  if (mapped_offset == 0) return std::nullopt;
  const uint8_t* p = bytes.data() + mapped_offset;
  const uint8_t family = p[1];
  if (!(family == 1 && mapped_length == 8) && !(family == 2 && mapped_length == 20))
    return std::nullopt;
  SocketAddress a;
  a.port = xor_port(load_be16(p + 2));
  a.ip.family = family == 1 ? 4 : 6;
  std::memcpy(a.ip.bytes.data(), p + 4, family == 1 ? 4 : 16);
  a.ip = xor_address(a.ip, bytes.data());
  return a;
}

ByteView StunView::integrity() const {
  return bytes.subspan(integrity_offset + attribute_header_length, stun_integrity_length);
}

StunIntegrityInput StunView::integrity_input() const {
  StunIntegrityInput in;
  std::memcpy(in.header.data(), bytes.data(), stun_header_length);
  // RFC 8489 s14.5: the length counts up to and including MESSAGE-INTEGRITY, whatever follows it.
  const std::size_t end = integrity_offset + attribute_header_length + stun_integrity_length;
  store_be16(in.header.data() + 2, static_cast<uint16_t>(end - stun_header_length));
  in.attributes = bytes.subspan(stun_header_length, integrity_offset - stun_header_length);
  return in;
}

bool StunView::fingerprint_ok() const {
  if (!has_fingerprint()) return false;
  const uint32_t want = crc32(bytes.first(fingerprint_offset)) ^ fingerprint_xor;
  return load_be32(bytes.data() + fingerprint_offset + attribute_header_length) == want;
}

std::optional<IceUsername> parse_ice_username(std::string_view username) {
  const auto colon = username.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return IceUsername{username.substr(0, colon), username.substr(colon + 1)};
}

StunWriter::StunWriter(ByteSpan out, StunType type, const StunTransactionId& id)
    : out_(out.first(out.size() < 0xffff ? out.size() : 0xffff)), w_(out_) {
  w_.u16(static_cast<uint16_t>(type));
  w_.u16(0);
  w_.u32(stun_magic_cookie);
  w_.bytes(id);
}

void StunWriter::add(StunAttribute type, ByteView value) {
  w_.u16(static_cast<uint16_t>(type));
  w_.u16(static_cast<uint16_t>(value.size()));
  w_.bytes(value);
  w_.zeros(padded(value.size()) - value.size());
}

void StunWriter::add_u32(StunAttribute type, uint32_t value) {
  std::array<uint8_t, 4> b;
  store_be32(b.data(), value);
  add(type, b);
}

void StunWriter::add_u64(StunAttribute type, uint64_t value) {
  std::array<uint8_t, 8> b;
  store_be64(b.data(), value);
  add(type, b);
}

void StunWriter::add_username(std::string_view username) {
  add(StunAttribute::username,
      {reinterpret_cast<const uint8_t*>(username.data()), username.size()});
}

void StunWriter::add_xor_mapped_address(const SocketAddress& address) {
  if (!w_.ok()) return;
  const std::size_t length = address.ip.is_v6() ? 16 : 4;
  w_.u16(static_cast<uint16_t>(StunAttribute::xor_mapped_address));
  w_.u16(static_cast<uint16_t>(4 + length));
  w_.u8(0);
  w_.u8(address.ip.is_v6() ? 2 : 1);
  w_.u16(xor_port(address.port));
  w_.bytes(ByteView(xor_address(address.ip, out_.data()).bytes).first(length));
}

void StunWriter::add_error_code(uint16_t code, std::string_view reason) {
  w_.u16(static_cast<uint16_t>(StunAttribute::error_code));
  w_.u16(static_cast<uint16_t>(4 + reason.size()));
  w_.u16(0);
  w_.u8(static_cast<uint8_t>(code / 100));
  w_.u8(static_cast<uint8_t>(code % 100));
  w_.bytes({reinterpret_cast<const uint8_t*>(reason.data()), reason.size()});
  w_.zeros(padded(reason.size()) - reason.size());
}

void StunWriter::add_unknown_attributes(std::span<const uint16_t> types) {
  w_.u16(static_cast<uint16_t>(StunAttribute::unknown_attributes));
  w_.u16(static_cast<uint16_t>(types.size() * 2));
  for (const uint16_t t : types) w_.u16(t);
  w_.zeros(padded(types.size() * 2) - types.size() * 2);
}

void StunWriter::store_length(std::size_t end) {
  store_be16(out_.data() + 2, static_cast<uint16_t>(end - stun_header_length));
}

std::optional<StunWriter::IntegritySlot> StunWriter::begin_integrity() {
  const std::size_t covered = w_.offset();
  w_.u16(static_cast<uint16_t>(StunAttribute::message_integrity));
  w_.u16(stun_integrity_length);
  uint8_t* mac = w_.claim(stun_integrity_length);
  if (mac == nullptr) return std::nullopt;
  store_length(w_.offset());
  return IntegritySlot{out_.first(covered), {mac, stun_integrity_length}};
}

void StunWriter::add_fingerprint() {
  const std::size_t covered = w_.offset();
  w_.u16(static_cast<uint16_t>(StunAttribute::fingerprint));
  w_.u16(4);
  uint8_t* value = w_.claim(4);
  if (value == nullptr) return;
  // RFC 8489 s14.7: the length field counts FINGERPRINT before the CRC is taken.
  store_length(w_.offset());
  store_be32(value, crc32(out_.first(covered)) ^ fingerprint_xor);
}

std::size_t StunWriter::finish() {
  if (w_.ok()) store_length(w_.offset());
  return w_.length();
}

}  // namespace sluice::wire
