// What an HTTP session reads out of a client's offer, and changes in it. No state, no I/O.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/proto/sdp/description.h"
#include "controlplane/signaling/source.h"

namespace sluice::signaling {

// What each m-line that sends carries, by mid: the first of its kind is the camera or the
// microphone, the second the screen or its sound. Errors: nothing is sent, or more than that.
Result<std::map<std::string, Source>> sources_of(const proto::sdp::Description& offer);

// Encoding names of what the m-lines that receive can decode, in the offer's order. Errors: no
// audio or video is received.
Result<std::vector<std::string>> decodable_of(const proto::sdp::Description& offer);

// RFC 9725 s4.3.3: the same offer with the credentials of an ICE restart in every section.
std::string with_credentials(std::string_view offer, std::string_view ice_ufrag,
                             std::string_view ice_pwd);

}  // namespace sluice::signaling
