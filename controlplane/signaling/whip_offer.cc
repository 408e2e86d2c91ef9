#include "controlplane/signaling/whip_offer.h"

#include <algorithm>

#include "common/proto/sdp/scan.h"

namespace sluice::signaling {

using proto::sdp::Description;
using proto::sdp::Media;

Result<std::map<std::string, Source>> sources_of(const Description& offer) {
  std::map<std::string, Source> sources;
  std::size_t audio = 0, video = 0;
  for (const Media& m : offer.media) {
    const bool is_audio = m.kind == "audio";
    if (m.rejected() || !sends(m.direction) || (!is_audio && m.kind != "video")) continue;
    const std::size_t earlier = is_audio ? audio++ : video++;
    if (earlier > 1) return Error{"more than two m-lines send " + m.kind};
    const Source first = is_audio ? Source::microphone : Source::camera;
    const Source second = is_audio ? Source::screen_audio : Source::screen;
    sources[m.mid] = earlier == 0 ? first : second;
  }
  if (sources.empty()) return Error{"the offer sends neither audio nor video"};
  return sources;
}

Result<std::vector<std::string>> decodable_of(const Description& offer) {
  std::vector<std::string> names;
  bool receives_any = false;
  for (const Media& m : offer.media) {
    if (m.rejected() || !receives(m.direction) || (m.kind != "audio" && m.kind != "video")) {
      continue;
    }
    receives_any = true;
    for (const proto::sdp::Payload& p : m.payloads) {
      if (std::find(names.begin(), names.end(), p.name) == names.end()) names.push_back(p.name);
    }
  }
  if (!receives_any) return Error{"the offer receives neither audio nor video"};
  return names;
}

std::string with_credentials(std::string_view offer, std::string_view ice_ufrag,
                             std::string_view ice_pwd) {
  constexpr std::string_view ufrag_name = "a=ice-ufrag:";
  constexpr std::string_view pwd_name = "a=ice-pwd:";
  std::string out;
  while (!offer.empty()) {
    std::string_view line = proto::sdp::take_until(offer, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(ufrag_name)) {
      out.append(ufrag_name).append(ice_ufrag);
    } else if (line.starts_with(pwd_name)) {
      out.append(pwd_name).append(ice_pwd);
    } else {
      out.append(line);
    }
    out.append("\r\n");
  }
  return out;
}

}  // namespace sluice::signaling
