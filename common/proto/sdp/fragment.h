// A fragment of a description (RFC 8840 s9, application/trickle-ice-sdpfrag): candidates that come
// after it, and the credentials they belong to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/proto/sdp/description.h"

namespace sluice::proto::sdp {

struct Fragment {
  // Of the session, or of the first m-section that has them; empty = not said.
  std::string ice_ufrag;
  std::string ice_pwd;
  std::vector<Candidate> candidates;  // of all m-sections: a BUNDLE has one transport
  bool end_of_candidates = false;
};

// What is not about ICE is skipped. Errors name the line: "line 3: a=candidate: malformed".
Result<Fragment> parse_fragment(std::string_view text, const Limits& limits = {});
// The transport of the first m-section that is not rejected; empty when there is none.
std::string write_fragment(const Description& d);

}  // namespace sluice::proto::sdp
