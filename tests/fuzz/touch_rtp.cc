#include <vector>

#include "common/base/assert.h"
#include "common/wire/rtp.h"
#include "common/wire/rtp_extension.h"
#include "common/wire/rtp_extension_values.h"
#include "common/wire/rtx.h"
#include "tests/fuzz/sink.h"
#include "tests/fuzz/touch.h"

namespace sluice::fuzz {
namespace {

using namespace wire;

void touch_values(ByteView data) {
  if (const auto v = parse_audio_level(data)) sink(uint64_t{pack_audio_level(*v)});
  if (const auto v = parse_sdes_text(data)) sink(*v);
  if (const auto v = parse_transport_seq(data)) sink(uint64_t{*v});
  if (const auto v = parse_abs_send_time(data)) sink(uint64_t{*v});
  if (const auto v = parse_abs_capture_time(data)) {
    std::array<uint8_t, abs_capture_time_length_max> out;
    SLUICE_ASSERT(write_abs_capture_time(out, *v) == data.size());
    SLUICE_ASSERT(std::memcmp(out.data(), data.data(), data.size()) == 0);
  }
  if (const auto v = parse_video_orientation(data)) sink(uint64_t{pack_video_orientation(*v)});
}

// What was read and written again reads the same.
void rewrite_extensions(const RtpView& rtp) {
  std::vector<uint8_t> out(rtp.header_length + 64u);
  std::vector<uint32_t> csrcs;
  for (std::size_t i = 0; i < rtp.csrc_count(); i++) csrcs.push_back(rtp.csrc(i));
  const std::size_t head = write_rtp_header(
      out, {rtp.payload_type(), rtp.seq(), rtp.timestamp(), rtp.ssrc(), rtp.marker(), csrcs});
  SLUICE_ASSERT(head == rtp_header_length + 4 * csrcs.size());
  RtpExtensionWriter writer(out, head, is_two_byte_extension(rtp.extension_profile));
  RtpExtensionReader reader(rtp);
  RtpExtensionElement e;
  while (reader.next(e)) SLUICE_ASSERT(writer.add(e.id, e.data));
  const std::size_t length = writer.finish();
  SLUICE_ASSERT(length >= head);
  const auto again = parse_rtp(ByteView(out).first(length));
  SLUICE_ASSERT(again && again->header_length == length && again->ssrc() == rtp.ssrc());
  RtpExtensionReader first(rtp), second(*again);
  RtpExtensionElement f;
  while (first.next(e)) {
    SLUICE_ASSERT(second.next(f) && e.id == f.id && e.data.size() == f.data.size());
    SLUICE_ASSERT(e.data.empty() || std::memcmp(e.data.data(), f.data.data(), e.data.size()) == 0);
  }
  SLUICE_ASSERT(!second.next(f));
}

}  // namespace

void touch_rtp(ByteView bytes) {
  const auto header = parse_rtp_header(bytes);
  const auto rtp = parse_rtp(bytes);
  SLUICE_ASSERT(header || !rtp);
  if (!rtp) return;
  sink(uint64_t{rtp->payload_type().value()} + rtp->seq().value() + rtp->timestamp() +
       rtp->ssrc().value());
  for (std::size_t i = 0; i < rtp->csrc_count(); i++) sink(uint64_t{rtp->csrc(i)});
  sink(rtp->extension());
  sink(rtp->payload());
  RtpExtensionReader reader(*rtp);
  RtpExtensionElement e;
  while (reader.next(e)) {
    sink(e.data);
    touch_values(e.data);
    SLUICE_ASSERT(find_rtp_extension(*rtp, e.id).data() != nullptr);
  }
  rewrite_extensions(*rtp);
  if (const auto rtx = parse_rtx(rtp->payload())) sink(rtx->payload);
}

}  // namespace sluice::fuzz
