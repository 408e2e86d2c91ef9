#include "controlplane/conference/codec_set.h"

#include <strings.h>

#include <algorithm>

#include "common/base/codec.h"

namespace sluice::conference {
namespace {

std::optional<Codec> find_codec(std::string_view name) {
  for (uint8_t i = 1; i < codec_count; ++i) {
    const std::string_view known = name_of(static_cast<Codec>(i));
    if (known.size() == name.size() && strncasecmp(known.data(), name.data(), name.size()) == 0) {
      return static_cast<Codec>(i);
    }
  }
  return std::nullopt;
}

bool contains(const CodecNames& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<std::string> canonical_codec(std::string_view name) {
  const auto codec = find_codec(name);
  if (!codec) return std::nullopt;
  return std::string(name_of(*codec));
}

CodecNames canonical_codecs(const CodecNames& names) {
  CodecNames out;
  for (const std::string& name : names) {
    auto known = canonical_codec(name);
    if (known && !contains(out, *known)) out.push_back(std::move(*known));
  }
  return out;
}

CodecNames common_codecs(const CodecNames& policy, const std::vector<const CodecNames*>& members) {
  const auto everybody_decodes = [&](const std::string& codec) {
    return std::all_of(members.begin(), members.end(),
                       [&](const CodecNames* decode) { return contains(*decode, codec); });
  };
  const auto any_left = [&](MediaKind kind) {
    return std::any_of(policy.begin(), policy.end(), [&](const std::string& codec) {
      return kind_of(*find_codec(codec)) == kind && everybody_decodes(codec);
    });
  };
  const bool keep_audio = any_left(MediaKind::audio);
  const bool keep_video = any_left(MediaKind::video);
  CodecNames out;
  for (const std::string& codec : policy) {
    const bool narrowed = kind_of(*find_codec(codec)) == MediaKind::audio ? keep_audio : keep_video;
    if (!narrowed || everybody_decodes(codec)) out.push_back(codec);
  }
  return out;
}

}  // namespace sluice::conference
