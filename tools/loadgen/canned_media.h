// Media that was encoded before, one packet a frame, for publishers whose pictures and voices
// somebody is to see and hear. IVF files, of VP8 (fourcc "VP80") and of Opus ("OPUS", 20 ms a
// packet).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/wire/bytes.h"

namespace sluice::loadgen {

struct CannedMedia {
  std::vector<std::vector<uint8_t>> video;  // the first is a key frame
  std::vector<std::vector<uint8_t>> audio;  // RFC 6716 packets of one frame
};

// What each publisher sends in a loop: video-N.ivf and audio-N.ivf of the directory, N from 0 up as
// far as there are both. Errors name the file and the frame: none there, no IVF, another codec, a
// frame that does not fit a packet, no key frame first, an Opus packet of several frames.
Result<std::vector<CannedMedia>> load_canned_media(const std::string& directory);

// The frames of one file. `name`: for errors.
Result<std::vector<std::vector<uint8_t>>> parse_ivf(wire::ByteView file, std::string_view fourcc,
                                                    const std::string& name);

}  // namespace sluice::loadgen
