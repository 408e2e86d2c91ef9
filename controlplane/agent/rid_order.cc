#include <algorithm>
#include <array>
#include <optional>

#include "common/proto/sdp/scan.h"
#include "controlplane/agent/publish_answer.h"

namespace sluice::agent {
namespace {

using proto::sdp::Media;
using proto::sdp::parse_number;
using proto::sdp::Rid;

// Names in use, lowest quality first.
constexpr std::array<std::string_view, 4> ladders[] = {
    {"q", "h", "f", ""},
    {"l", "m", "h", ""},
    {"low", "mid", "high", ""},
    {"low", "medium", "high", ""},
    {"quarter", "half", "full", ""},
    {"lo", "mid", "hi", ""},
};

std::optional<uint64_t> restriction(const Rid& r, std::string_view name) {
  for (const auto& [key, value] : r.restrictions) {
    if (key == name) return parse_number(value, UINT32_MAX);
  }
  return {};
}

// RFC 8851 s5: max-width, max-height; max-fs counts 16x16 blocks.
std::optional<uint64_t> pixels(const Media& m, const std::string& rid) {
  for (const Rid& r : m.rids) {
    if (r.id != rid) continue;
    const auto width = restriction(r, "max-width");
    const auto height = restriction(r, "max-height");
    if (width && height) return *width * *height;
    if (const auto blocks = restriction(r, "max-fs")) return *blocks * 256;
  }
  return {};
}

using Ranks = std::vector<std::pair<uint64_t, std::string>>;

// Sorted by rank; empty when two ranks are equal.
std::vector<std::string> sorted(Ranks ranks) {
  std::sort(ranks.begin(), ranks.end());
  std::vector<std::string> rids;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (i > 0 && ranks[i].first == ranks[i - 1].first) return {};
    rids.push_back(ranks[i].second);
  }
  return rids;
}

std::vector<std::string> by_size(const Media& m) {
  Ranks ranks;
  for (const std::string& rid : m.simulcast_send) {
    const auto size = pixels(m, rid);
    if (!size) return {};
    ranks.emplace_back(*size, rid);
  }
  return sorted(std::move(ranks));
}

std::vector<std::string> by_name(const Media& m, std::span<const std::string_view> ladder) {
  Ranks ranks;
  for (const std::string& rid : m.simulcast_send) {
    const auto at = std::find(ladder.begin(), ladder.end(), rid);
    if (at == ladder.end()) return {};
    ranks.emplace_back(at - ladder.begin(), rid);
  }
  return sorted(std::move(ranks));
}

}  // namespace

std::vector<std::string> order_rids(const Media& m) {
  if (auto rids = by_size(m); !rids.empty()) return rids;
  for (const auto& ladder : ladders) {
    if (auto rids = by_name(m, ladder); !rids.empty()) return rids;
  }
  return m.simulcast_send;
}

}  // namespace sluice::agent
