// Which codecs a room speaks: the meeting's policy, less what a member cannot decode.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::conference {

using CodecNames = std::vector<std::string>;

// The encoding name as Sluice writes it; nothing when it forwards no such codec. RFC 4855 s3: names
// ignore case.
std::optional<std::string> canonical_codec(std::string_view name);
// Known codecs of a list, in its order, each once.
CodecNames canonical_codecs(const CodecNames& names);

// Keeps the policy's order. Where no codec of a kind (audio, video) is left, the policy's stand:
// whoever cannot decode them is told so for each track, and the others still meet.
CodecNames common_codecs(const CodecNames& policy, const std::vector<const CodecNames*>& members);

}  // namespace sluice::conference
