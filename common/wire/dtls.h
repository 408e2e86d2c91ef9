// DTLS record header (RFC 6347 s4.1) and the first byte of a handshake message (s4.2.2).
//
//  0       1               3               5                       11              13
//  +-------+---------------+---------------+-----------------------+---------------+
//  | type  | version       | epoch         | sequence number (48)  | length        |
//  +-------+---------------+---------------+-----------------------+---------------+
//  handshake fragment: msg_type (1), length (3), message_seq (2), fragment_offset (3),
//  fragment_length (3)
#pragma once

#include <cstdint>

#include "common/wire/bytes.h"

namespace sluice::wire {

inline constexpr std::size_t dtls_record_header_length = 13;
inline constexpr std::size_t dtls_handshake_header_length = 12;

enum class DtlsContentType : uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

struct DtlsRecord {
  ByteView bytes;  // header and fragment
  DtlsContentType type() const { return static_cast<DtlsContentType>(bytes[0]); }
  uint16_t version() const { return load_be16(bytes.data() + 1); }
  uint16_t epoch() const { return load_be16(bytes.data() + 3); }
  uint64_t seq() const { return load_be48(bytes.data() + 5); }
  ByteView fragment() const { return bytes.subspan(dtls_record_header_length); }
};

// Splits a datagram into records. A record that is cut short, or not DTLS 1.0 to 1.2 by its
// version, ends the walk and makes ok() false. DTLS 1.3 sends its ClientHello with the version
// of 1.2 (RFC 9147 s4).
class DtlsReader {
 public:
  explicit DtlsReader(ByteView datagram) : rest_(datagram) {}
  bool next(DtlsRecord& record);
  bool ok() const { return ok_; }

 private:
  ByteView rest_;
  bool ok_ = true;
};

// Whether every record of the datagram is whole, and there is one.
bool is_dtls(ByteView datagram);
// Whether the datagram begins with a ClientHello, or with one of its fragments.
bool is_client_hello(ByteView datagram);

inline bool DtlsReader::next(DtlsRecord& record) {
  if (rest_.empty()) return false;
  ok_ = false;
  if (rest_.size() >= dtls_record_header_length) {
    const uint16_t version = load_be16(rest_.data() + 1);
    const std::size_t length = dtls_record_header_length + load_be16(rest_.data() + 11);
    // RFC 6347 s4.1: 1.0 is {254, 255}, 1.2 is {254, 253}.
    if ((version == 0xfeff || version == 0xfefd) && length <= rest_.size()) {
      record.bytes = rest_.first(length);
      rest_ = rest_.subspan(length);
      ok_ = true;
      return true;
    }
  }
  rest_ = {};
  return false;
}

inline bool is_dtls(ByteView datagram) {
  DtlsReader reader(datagram);
  DtlsRecord record;
  bool any = false;
  while (reader.next(record)) any = true;
  return any && reader.ok();
}

inline bool is_client_hello(ByteView datagram) {
  constexpr uint8_t client_hello = 1;
  DtlsReader reader(datagram);
  DtlsRecord record;
  // Epoch 0: later epochs are encrypted, so the byte would mean nothing.
  return reader.next(record) && record.type() == DtlsContentType::handshake &&
         record.epoch() == 0 && record.fragment().size() >= dtls_handshake_header_length &&
         record.fragment()[0] == client_hello;
}

}  // namespace sluice::wire
