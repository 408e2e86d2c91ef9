// Elements of the RTP header extension block: one-byte and two-byte form (RFC 8285 s4.2, s4.3).
//
//  one-byte, profile 0xBEDE            two-byte, profile 0x100X (X: appbits)
//   0 1 2 3 4 5 6 7                     0              8
//  +-------+-------+---- ... ---+      +--------------+--------------+---- ... ---+
//  |  ID   | len-1 | data       |      |      ID      |     len      | data       |
//  +-------+-------+---- ... ---+      +--------------+--------------+---- ... ---+
//  ID 0: one byte of padding; one-byte ID 15: stop.
#pragma once

#include <cstdint>

#include "common/wire/bytes.h"
#include "common/wire/rtp.h"

namespace sluice::wire {

inline constexpr uint16_t rtp_extension_one_byte = 0xbede;
inline constexpr uint16_t rtp_extension_two_byte = 0x1000;
inline constexpr std::size_t rtp_extension_head_length = 4;

constexpr bool is_one_byte_extension(uint16_t profile) {
  return profile == rtp_extension_one_byte;
}
// RFC 8285 s4.3: the lower four bits are the application's.
constexpr bool is_two_byte_extension(uint16_t profile) {
  return (profile & 0xfff0) == rtp_extension_two_byte;
}

struct RtpExtensionElement {
  uint8_t id = 0;
  ByteView data;  // 1..16 bytes in the one-byte form, 0..255 in the two-byte form
};

// Walks the elements of one packet, padding skipped. An element that runs over the end of the block
// ends the walk and makes ok() false; a block of another profile has no elements.
class RtpExtensionReader {
 public:
  explicit RtpExtensionReader(const RtpView& rtp)
      : RtpExtensionReader(rtp.extension_profile, rtp.extension()) {}
  RtpExtensionReader(uint16_t profile, ByteView block);
  // False at the end.
  bool next(RtpExtensionElement& element);
  bool ok() const { return ok_; }

 private:
  ByteView rest_;
  bool two_byte_;
  bool ok_ = true;
};

// Data of the first element with this id; .data() is nullptr when there is none.
ByteView find_rtp_extension(const RtpView& rtp, uint8_t id);

// Appends an extension block to a header in out[0, header_length), which has none yet. The two-byte
// form is for ids above 14, and for data that is empty or longer than 16 bytes.
class RtpExtensionWriter {
 public:
  RtpExtensionWriter(ByteSpan out, std::size_t header_length, bool two_byte = false);
  // False when the form cannot say it (id 0 or 15 and above, length 0 or above 16) or it does not
  // fit; that fails finish() too.
  bool add(uint8_t id, ByteView data);
  // As add(), for the caller to fill; nullptr instead of false. Where the data lies is where it
  // will be sent.
  uint8_t* claim(uint8_t id, std::size_t length);
  // Pads to 32 bits, writes the block's length and sets X. Length of the whole header: unchanged
  // without elements, 0 if anything did not fit.
  std::size_t finish();

 private:
  ByteSpan out_;
  std::size_t header_length_;
  Writer w_;
  bool two_byte_;
  bool used_ = false;
};

inline RtpExtensionReader::RtpExtensionReader(uint16_t profile, ByteView block)
    : rest_(block), two_byte_(is_two_byte_extension(profile)) {
  if (!two_byte_ && !is_one_byte_extension(profile)) rest_ = {};
}

inline bool RtpExtensionReader::next(RtpExtensionElement& element) {
  while (!rest_.empty()) {
    if (rest_[0] == 0) {
      // RFC 8285 s4.2, s4.3: a zero byte between elements is padding.
      rest_ = rest_.subspan(1);
      continue;
    }
    std::size_t head;
    std::size_t length;
    if (two_byte_) {
      head = 2;
      length = rest_.size() > 1 ? rest_[1] : 0;
      element.id = rest_[0];
    } else {
      head = 1;
      length = (rest_[0] & 0x0fu) + 1u;
      element.id = rest_[0] >> 4;
      // RFC 8285 s4.2: id 15 ends the processing, and so does id 0 with a length.
      if (element.id == 15 || element.id == 0) {
        rest_ = {};
        return false;
      }
    }
    if (head + length > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return false;
    }
    element.data = rest_.subspan(head, length);
    rest_ = rest_.subspan(head + length);
    return true;
  }
  return false;
}

inline ByteView find_rtp_extension(const RtpView& rtp, uint8_t id) {
  RtpExtensionReader reader(rtp);
  RtpExtensionElement e;
  while (reader.next(e)) {
    if (e.id == id) return e.data;
  }
  return {};
}

inline RtpExtensionWriter::RtpExtensionWriter(ByteSpan out, std::size_t header_length,
                                              bool two_byte)
    : out_(out), header_length_(header_length), w_(out), two_byte_(two_byte) {
  w_.claim(header_length);
  w_.u16(two_byte ? rtp_extension_two_byte : rtp_extension_one_byte);
  w_.u16(0);
}

inline uint8_t* RtpExtensionWriter::claim(uint8_t id, std::size_t length) {
  used_ = true;
  if (two_byte_) {
    if (id == 0 || length > 255) return w_.claim(SIZE_MAX);
    w_.u8(id);
    w_.u8(static_cast<uint8_t>(length));
  } else {
    if (id == 0 || id > 14 || length == 0 || length > 16) return w_.claim(SIZE_MAX);
    w_.u8(static_cast<uint8_t>(std::size_t{id} << 4 | (length - 1)));
  }
  return w_.claim(length);
}

inline bool RtpExtensionWriter::add(uint8_t id, ByteView data) {
  uint8_t* p = claim(id, data.size());
  if (p == nullptr) return false;
  if (!data.empty()) std::memcpy(p, data.data(), data.size());
  return true;
}

inline std::size_t RtpExtensionWriter::finish() {
  if (!used_) return header_length_;
  if (!w_.ok()) return 0;
  const std::size_t start = header_length_ + rtp_extension_head_length;
  w_.zeros((4 - (w_.offset() - start) % 4) % 4);
  if (!w_.ok()) return 0;
  store_be16(out_.data() + header_length_ + 2, static_cast<uint16_t>((w_.offset() - start) / 4));
  out_[0] |= 0x10;
  return w_.length();
}

}  // namespace sluice::wire
