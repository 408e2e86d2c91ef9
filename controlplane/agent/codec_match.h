// Which payload types of a description are codecs Sluice forwards, and how it names them itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/codec.h"
#include "common/proto/sdp/description.h"

namespace sluice::agent {

// Encoding name to codec, ignoring case; none when unknown.
Codec codec_of(std::string_view encoding_name);
// What Sluice forwards: opus; VP8; VP9 profile 0; H264 baseline, constrained baseline or main with
// packetization-mode 1; AV1 profile 0. Anything else is none.
Codec match(const proto::sdp::Payload& p);
// apt of an RTX payload (RFC 4588 s8.1).
std::optional<uint8_t> repaired_type(const proto::sdp::Payload& p);

// Names to codecs in their order; unknown names are left out. An empty list means every codec, and
// a list that names no audio codec means opus too: a room's codec set may speak of video alone.
std::vector<Codec> codecs_of(std::span<const std::string> names);

// fmtp of our answer to, and of our own offer of, a codec. `offered` is the offered fmtp, or empty.
std::string fmtp_of(Codec c, std::string_view offered);

}  // namespace sluice::agent
