// control: signaling, policy and what is handed to browsers.
#include <algorithm>
#include <array>

#include "common/base/codec.h"
#include "common/config/sections.h"

namespace sluice::config {

namespace {

struct ProfileName {
  std::string_view name;  // RFC 3711 (as in RFC 4568 s6.2), RFC 7714 s12
  srtp::Profile profile;
};

// RFC 3986 s2.
constexpr std::string_view uri_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%";

constexpr std::array<ProfileName, 3> profiles = {{
    {"AEAD_AES_256_GCM", srtp::Profile::aead_aes_256_gcm},
    {"AEAD_AES_128_GCM", srtp::Profile::aead_aes_128_gcm},
    {"AES_CM_128_HMAC_SHA1_80", srtp::Profile::aes128_cm_sha1_80},
}};
constexpr std::array<std::string_view, 3> profile_names = {profiles[0].name, profiles[1].name,
                                                           profiles[2].name};
constexpr std::array<std::string_view, 5> codec_names = {name_of(Codec::opus), name_of(Codec::vp8),
                                                         name_of(Codec::vp9), name_of(Codec::h264),
                                                         name_of(Codec::av1)};
// Index: ReceiverFeedback.
constexpr std::array<std::string_view, 3> feedback_names = {"auto", "transport_wide", "reports"};

// A list of distinct words in order of preference; at least one.
std::vector<std::string_view> read_words(const Value& list,
                                         std::span<const std::string_view> words) {
  std::vector<std::string_view> out;
  const auto items = list.list();
  if (!items) return out;
  if (items->empty()) list.fault("is empty; needs at least one");
  for (const Value& item : *items) {
    const auto word = item.word(words);
    if (!word) continue;
    if (std::find(out.begin(), out.end(), *word) != out.end()) {
      item.fault(std::string(*word) + " stands twice");
      continue;
    }
    out.push_back(*word);
  }
  return out;
}

void read_media(SectionReader& section, Control& out) {
  if (const auto value = section.find("srtp_profiles")) {
    out.srtp_profiles.clear();
    for (const std::string_view name : read_words(*value, profile_names)) {
      out.srtp_profiles.push_back(
          std::find_if(profiles.begin(), profiles.end(), [&](const ProfileName& p) {
            return p.name == name;
          })->profile);
    }
  }
  if (const auto value = section.find("codecs")) {
    const auto words = read_words(*value, codec_names);
    out.codecs.assign(words.begin(), words.end());
  }
}

void read_feedback(SectionReader& section, Control& out) {
  if (const auto value = section.find("receiver_feedback")) {
    if (const auto word = value->word(feedback_names)) {
      const auto at = std::find(feedback_names.begin(), feedback_names.end(), *word);
      out.receiver_feedback = static_cast<ReceiverFeedback>(at - feedback_names.begin());
    }
  }
  section.integer("transport_wide_audience_max", out.transport_wide_audience_max, {0, 100'000});
}

void read_public_url(SectionReader& section, std::string& out) {
  const auto value = section.find("public_url");
  if (!value) return;
  const auto text = value->text();
  if (!text || text->empty()) return;
  std::string_view host = *text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (host.starts_with(scheme)) host.remove_prefix(scheme.size());
  }
  if (host.size() == text->size() || host.empty() || host[0] == '/') {
    value->fault(quote(*text) + " is no URL; write it like https://meet.example.org");
  } else if (host.find_first_of("?# \t") != std::string_view::npos || host.ends_with('/')) {
    value->fault(quote(*text) +
                 " is not the base of a URL; no query, fragment or slash at the end");
  } else {
    out = *text;
  }
}

void read_paths(SectionReader& section, Control& out) {
  section.absolute_path("web_root", out.web_root);
  section.absolute_path("state_directory", out.state_directory);
  section.absolute_path("admin_socket", out.admin_socket);
  section.absolute_path("journal", out.journal);
  if (out.admin_socket.size() > unix_path_length_max) {
    section.fault("admin_socket", std::to_string(out.admin_socket.size()) +
                                      " characters are too long for a Unix socket; needs at most " +
                                      std::to_string(unix_path_length_max));
  }
  const auto value = section.find("api_key_files");
  const auto items = value ? value->list() : std::nullopt;
  if (!items) return;
  for (const Value& item : *items) {
    if (auto path = item.absolute_path()) out.api_key_files.push_back(std::move(*path));
  }
}

void read_turn(SectionReader section, Turn& out) {
  const auto value = section.find("urls");
  if (const auto items = value ? value->list() : std::nullopt) {
    for (const Value& item : *items) {
      const auto text = item.text();
      if (!text) continue;
      // Clients get it in JSON and in a Link header: neither is to need escapes.
      const bool is_url = text->find_first_not_of(uri_characters) == std::string::npos;
      if (is_url && (text->starts_with("turn:") || text->starts_with("turns:"))) {
        out.urls.push_back(*text);
      } else {
        item.fault(quote(*text) + " is no TURN server; write it like turn:turn.example.org:3478");
      }
    }
  }
  section.absolute_path("secret_file", out.secret_file);
  section.integer("lifetime_s", out.lifetime_s, {600, 604'800});
  section.finish();
}

}  // namespace

void read_control(SectionReader section, Control& out) {
  if (const auto value = section.find("listen")) read_listeners(*value, out.listeners);
  read_public_url(section, out.public_url);
  read_paths(section, out);
  read_media(section, out);
  read_feedback(section, out);
  SectionReader limits = section.section("limits");
  limits.integer("meetings", out.meetings_max, {1, 1'000'000});
  limits.integer("participants_per_meeting", out.participants_per_meeting_max, {2, 100'000});
  limits.finish();
  read_turn(section.section("turn"), out.turn);
  section.integer("token_lifetime_s", out.token_lifetime_s, {60, 604'800});
  section.integer("dtls_threads", out.dtls_threads, {1, 64});
  read_log_level(section, out.log_level);
  read_metrics_networks(section, out.metrics_networks);
  section.finish();
}

}  // namespace sluice::config
