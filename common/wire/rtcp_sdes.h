// Source description, CNAME only (RFC 3550 s6.5).
//
//  +---------------------------------------------------------------+
//  |                          SSRC/CSRC_1                          |
//  +---------------+---------------+-------------------------------+
//  |    CNAME=1    |     length    | user and domain name        ...
//  +---------------+---------------+-------------------------------+
//  | further items; one zero byte or more ends the chunk at 32 bits|
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/types.h"
#include "common/wire/rtcp.h"

namespace sluice::wire {

inline constexpr std::size_t cname_length_max = 255;

struct SdesCname {
  Ssrc ssrc;
  std::string_view cname;  // empty: the chunk has none
};

// Walks the chunks. A chunk or item that runs over the end ends the walk and makes ok() false.
class SdesReader {
 public:
  // The packet's type must be sdes; any other has no chunks.
  explicit SdesReader(const RtcpView& packet);
  bool next(SdesCname& chunk);
  bool ok() const { return ok_; }

 private:
  Reader r_;
  unsigned chunks_left_;
  bool ok_ = true;
};

// One chunk with one item. Bytes written, 0 if it does not fit or the name is longer than 255.
std::size_t write_sdes_cname(ByteSpan out, Ssrc ssrc, std::string_view cname);

}  // namespace sluice::wire
