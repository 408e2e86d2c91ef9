// One RTCP packet of each type that is read, behind a header that always fits: the compound's own
// checks, which turn most mutations away, are the business of the target `rtcp`.
//
// The first byte picks the type, the second is the count or format of those that take any.
#include <array>
#include <vector>

#include "common/wire/rtcp.h"
#include "tests/fuzz/touch.h"

namespace {

using sluice::wire::RtcpType;

struct Kind {
  RtcpType type;
  int format;  // -1: the second byte of the input
};
constexpr std::array<Kind, 11> kinds = {{{RtcpType::sr, -1},
                                         {RtcpType::rr, -1},
                                         {RtcpType::sdes, -1},
                                         {RtcpType::bye, -1},
                                         {RtcpType::app, -1},
                                         {RtcpType::rtpfb, sluice::wire::rtpfb_nack},
                                         {RtcpType::rtpfb, sluice::wire::rtpfb_transport_cc},
                                         {RtcpType::psfb, sluice::wire::psfb_pli},
                                         {RtcpType::psfb, sluice::wire::psfb_fir},
                                         {RtcpType::psfb, sluice::wire::psfb_afb},
                                         {RtcpType::xr, -1}}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Kind& kind = kinds[data[0] % kinds.size()];
  const auto count = static_cast<uint8_t>(kind.format < 0 ? data[1] & 0x1f : kind.format);
  const std::size_t body = (size - 2) / 4 * 4;
  std::vector<uint8_t> packet(sluice::wire::rtcp_header_length);
  packet.insert(packet.end(), data + 2, data + 2 + body);
  sluice::wire::Writer w(packet);
  sluice::wire::write_rtcp_header(w, kind.type, count, packet.size());
  sluice::fuzz::touch_rtcp(packet);
  return 0;
}
