#include "common/wire/rtcp_sdes.h"

namespace sluice::wire {
namespace {

constexpr uint8_t item_end = 0;
constexpr uint8_t item_cname = 1;

}  // namespace

SdesReader::SdesReader(const RtcpView& packet)
    : r_(packet.body), chunks_left_(packet.type == RtcpType::sdes ? packet.count : 0) {}

bool SdesReader::next(SdesCname& chunk) {
  if (chunks_left_ == 0) return false;
  chunks_left_--;
  chunk = {Ssrc(r_.u32()), {}};
  for (uint8_t type = r_.u8(); r_.ok() && type != item_end; type = r_.u8()) {
    const ByteView text = r_.take(r_.u8());
    if (type == item_cname && chunk.cname.empty() && !text.empty()) {
      chunk.cname = {reinterpret_cast<const char*>(text.data()), text.size()};
    }
  }
  // RFC 3550 s6.5: the next chunk starts at a 32-bit boundary.
  r_.skip((4 - r_.offset() % 4) % 4);
  ok_ = r_.ok();
  if (!ok_) chunks_left_ = 0;
  return ok_;
}

std::size_t write_sdes_cname(ByteSpan out, Ssrc ssrc, std::string_view cname) {
  if (cname.size() > cname_length_max) return 0;
  const std::size_t unpadded = 4 + 2 + cname.size();
  const std::size_t chunk = (unpadded / 4 + 1) * 4;  // at least one zero byte
  Writer w(out);
  write_rtcp_header(w, RtcpType::sdes, 1, rtcp_header_length + chunk);
  w.u32(ssrc.value());
  w.u8(item_cname);
  w.u8(static_cast<uint8_t>(cname.size()));
  w.bytes({reinterpret_cast<const uint8_t*>(cname.data()), cname.size()});
  w.zeros(chunk - unpadded);
  return w.length();
}

}  // namespace sluice::wire
