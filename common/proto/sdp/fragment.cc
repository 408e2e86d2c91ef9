#include "common/proto/sdp/fragment.h"

#include <algorithm>

#include "common/proto/sdp/attributes.h"
#include "common/proto/sdp/scan.h"

namespace sluice::proto::sdp {
namespace {

bool is_about_ice(std::string_view name) {
  return name == "ice-ufrag" || name == "ice-pwd" || name == "candidate" ||
         name == "end-of-candidates";
}

// Empty, or what is wrong with the line.
std::string take_line(std::string_view line, Media& said, Fragment& out) {
  if (line.size() < 2 || line[1] != '=') return "not of the form <type>=<value>";
  if (line[0] != 'a') return {};
  std::string_view value = line.substr(2);
  const std::string_view name = take_until(value, ':');
  if (!is_about_ice(name)) return {};
  if (take_attribute(name, value, said) == Taken::malformed) {
    return "a=" + std::string(name) + ": malformed";
  }
  if (out.ice_ufrag.empty()) out.ice_ufrag = said.ice_ufrag;
  if (out.ice_pwd.empty()) out.ice_pwd = said.ice_pwd;
  return {};
}

}  // namespace

Result<Fragment> parse_fragment(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes_max) {
    return Error{"fragment larger than " + std::to_string(limits.bytes_max) + " bytes"};
  }
  Fragment out;
  Media said;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::string fault = take_line(line, said, out);
    if (!fault.empty()) return Error{"line " + std::to_string(number) + ": " + fault};
  }
  if (out.ice_ufrag.empty() != out.ice_pwd.empty()) {
    return Error{"a=ice-ufrag and a=ice-pwd go together"};
  }
  out.candidates = std::move(said.candidates);
  out.end_of_candidates = said.end_of_candidates;
  return out;
}

std::string write_fragment(const Description& d) {
  const auto m = std::find_if(d.media.begin(), d.media.end(),
                              [](const Media& media) { return !media.rejected(); });
  if (m == d.media.end()) return {};
  std::string out;
  if (d.ice_lite) out += "a=ice-lite\r\n";
  out += "a=ice-ufrag:" + m->ice_ufrag + "\r\na=ice-pwd:" + m->ice_pwd + "\r\n";
  // RFC 8840 s4.4: a pseudo m-line names the section that candidates belong to.
  out += "m=" + m->kind + " 9 " + m->protocol + " 0\r\na=mid:" + m->mid + "\r\n";
  for (const Candidate& c : m->candidates) out += "a=candidate:" + write_candidate(c) + "\r\n";
  if (m->end_of_candidates) out += "a=end-of-candidates\r\n";
  return out;
}

}  // namespace sluice::proto::sdp
