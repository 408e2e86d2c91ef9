#include <algorithm>

#include "common/proto/sdp/attributes.h"
#include "common/proto/sdp/description.h"
#include "common/proto/sdp/scan.h"

namespace sluice::proto::sdp {
namespace {

class Parser {
 public:
  explicit Parser(const Limits& limits) : limits_(limits) {}

  Result<Description> run(std::string_view text) {
    if (text.size() > limits_.bytes_max) {
      return Error{"description larger than " + std::to_string(limits_.bytes_max) + " bytes"};
    }
    while (!text.empty()) {
      ++line_;
      std::string_view line = take_until(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() && text.empty()) break;
      if (!take_line(line)) return Error{"line " + std::to_string(line_) + ": " + fault_};
    }
    if (line_ < 3 || !has_origin_) return Error{"description has no v=, o= and s= lines"};
    inherit();
    return std::move(d_);
  }

 private:
  bool fail(std::string why) {
    fault_ = std::move(why);
    return false;
  }

  bool take_line(std::string_view line) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
    if (std::any_of(line.begin(), line.end(), is_control)) return fail("control character");
    if (line.size() < 2 || line[1] != '=') return fail("not of the form <type>=<value>");
    if (++section_lines_ > limits_.lines_per_section_max)
      return fail("too many lines in a section");
    const std::string_view value = line.substr(2);
    if (line_ == 1) return line == "v=0" || fail("a description begins with v=0");
    switch (line[0]) {
      case 'v':
        return fail("second v= line");
      case 'o':
        return take_origin(value);
      case 'm':
        return take_media(value);
      case 'a':
        return take_attribute_line(value);
      // RFC 8866 s5: nothing Sluice needs; addresses come from ICE alone.
      case 's':
      case 'i':
      case 'u':
      case 'e':
      case 'p':
      case 'c':
      case 'b':
      case 't':
      case 'r':
      case 'z':
      case 'k':
        return true;
      default:
        return fail("unknown line type");
    }
  }

  // RFC 8866 s5.2: <username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
  bool take_origin(std::string_view value) {
    take_token(value);
    const std::string_view id = take_token(value);
    const auto version = parse_number(take_token(value), UINT64_MAX);
    if (!parse_number(id, UINT64_MAX) || !version || has_origin_) return fail("o=: malformed");
    d_.session_id = id;
    d_.version = *version;
    has_origin_ = true;
    return true;
  }

  // RFC 8866 s5.14: <media> <port> <proto> <fmt> ...
  bool take_media(std::string_view value) {
    if (d_.media.size() == limits_.media_max) return fail("too many m-lines");
    Media m;
    m.kind = take_token(value);
    const auto port = parse_number(take_token(value), 65'535);
    m.protocol = take_token(value);
    if (!is_token(m.kind) || !port || m.protocol.empty()) return fail("m=: malformed");
    m.port = static_cast<uint16_t>(*port);
    for (std::string_view f = take_token(value); !f.empty(); f = take_token(value)) {
      if (!m.is_rtp()) {
        m.formats.emplace_back(f);
        continue;
      }
      const auto type = parse_number(f, 127);
      if (!type) return fail("m=: payload type out of range");
      const auto same = [&](const Payload& p) { return p.type == *type; };
      if (std::any_of(m.payloads.begin(), m.payloads.end(), same)) {
        return fail("m=: payload type twice");
      }
      m.payloads.emplace_back().type = static_cast<uint8_t>(*type);
    }
    if (m.payloads.empty() && m.formats.empty()) return fail("m=: no formats");
    d_.media.push_back(std::move(m));
    section_lines_ = 0;
    return true;
  }

  bool take_attribute_line(std::string_view value) {
    const std::string_view name = take_until(value, ':');
    if (!is_token(name)) return fail("a=: malformed");
    if (d_.media.empty() && take_session_attribute(name, value)) return true;
    Media& into = d_.media.empty() ? session_ : d_.media.back();
    if (take_attribute(name, value, into) == Taken::malformed) {
      return fail("a=" + std::string(name) + ": malformed");
    }
    return true;
  }

  bool take_session_attribute(std::string_view name, std::string_view value) {
    if (name == "ice-lite") {
      d_.ice_lite = true;
    } else if (name == "extmap-allow-mixed") {
      d_.extmap_allow_mixed = true;
    } else if (name == "group" && take_token(value) == "BUNDLE") {
      std::vector<std::string> mids;
      for (auto mid = take_token(value); !mid.empty(); mid = take_token(value)) {
        mids.emplace_back(mid);
      }
      d_.bundles.push_back(std::move(mids));
    } else {
      return false;
    }
    return true;
  }

  // RFC 8866 s5.13: a session-level attribute is the default for every m-section.
  void inherit() {
    for (Media& m : d_.media) {
      if (m.ice_ufrag.empty()) m.ice_ufrag = session_.ice_ufrag;
      if (m.ice_pwd.empty()) m.ice_pwd = session_.ice_pwd;
      if (m.fingerprints.empty()) m.fingerprints = session_.fingerprints;
      if (m.setup == Setup::unspecified) m.setup = session_.setup;
      if (m.direction == Direction::unspecified) m.direction = session_.direction;
      if (m.direction == Direction::unspecified) m.direction = Direction::sendrecv;
    }
  }

  const Limits limits_;
  Description d_;
  Media session_;
  std::string fault_;
  std::size_t line_ = 0;
  std::size_t section_lines_ = 0;
  bool has_origin_ = false;
};

}  // namespace

Result<Description> parse_description(std::string_view text, const Limits& limits) {
  return Parser(limits).run(text);
}

const Extension* Media::find_extension(std::string_view uri) const {
  const auto at = std::find_if(extensions.begin(), extensions.end(),
                               [&](const Extension& e) { return e.uri == uri; });
  return at == extensions.end() ? nullptr : &*at;
}

std::string_view fmtp_parameter(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    std::string_view parameter = take_until(fmtp, ';');
    const std::size_t begin = parameter.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    parameter.remove_prefix(begin);
    const std::string_view key = take_until(parameter, '=');
    if (equals_ignoring_case(key, name)) return parameter;
  }
  return {};
}

}  // namespace sluice::proto::sdp
