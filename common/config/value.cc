#include "common/config/value.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "common/config/nearest.h"

namespace sluice::config {

namespace {

// yaml-cpp tags quoted scalars "!", plain ones "?".
bool is_plain(const YAML::Node& n) {
  return n.IsScalar() && n.Tag() != "!";
}

}  // namespace

std::string to_string(const Range& r) {
  return (r.power_of_two ? "a power of two from " : "") + std::to_string(r.min) + " to " +
         std::to_string(r.max);
}

Place Value::place() const {
  if (node_.IsNull()) return key_;
  const YAML::Mark mark = node_.Mark();
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

std::string Value::kind() const {
  if (node_.IsSequence()) return "a list";
  if (node_.IsMap()) return "a section";
  if (node_.IsNull()) return "empty";
  return (is_plain(node_) ? "" : "the text ") + quote(node_.Scalar());
}

std::optional<uint64_t> Value::integer(const Range& range) const {
  const std::string needs = "a whole number, " + to_string(range);
  if (!is_plain(node_)) {
    fault("is " + kind() + "; needs " + needs);
    return {};
  }
  const std::string& digits = node_.Scalar();
  const char* end = digits.data() + digits.size();
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  const bool negative =
      digits.size() > 1 && digits[0] == '-' &&
      std::all_of(digits.begin() + 1, digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!negative && error != std::errc::result_out_of_range &&
      (error != std::errc{} || stop != end)) {
    fault("is " + kind() + "; needs " + needs);
    return {};
  }
  if (negative || error != std::errc{} || value < range.min || value > range.max) {
    fault(quote(digits) + " is out of range; needs " + to_string(range));
    return {};
  }
  if (range.power_of_two && !std::has_single_bit(value)) {
    const uint64_t above = std::bit_ceil(value);
    fault(digits + " is no power of two; " + std::to_string(std::bit_floor(value)) +
          (above <= range.max ? " or " + std::to_string(above) : "") + " would be");
    return {};
  }
  return value;
}

std::optional<bool> Value::boolean() const {
  if (is_plain(node_) && node_.Scalar() == "true") return true;
  if (is_plain(node_) && node_.Scalar() == "false") return false;
  fault("is " + kind() + "; needs true or false");
  return {};
}

std::optional<std::string> Value::text() const {
  if (node_.IsScalar()) return node_.Scalar();
  fault("is " + kind() + "; needs a text");
  return {};
}

std::optional<std::string_view> Value::word(std::span<const std::string_view> words) const {
  if (!node_.IsScalar()) {
    fault("is " + kind() + "; needs " + one_of(words));
    return {};
  }
  const std::string& given = node_.Scalar();
  const auto found = std::find(words.begin(), words.end(), given);
  if (found != words.end()) return *found;
  const std::string_view near = nearest(given, words);
  fault(quote(given) + " is not known; " +
        (near.empty() ? "known: " + one_of(words) : "did you mean " + std::string(near) + "?"));
  return {};
}

std::optional<std::string> Value::absolute_path() const {
  auto path = text();
  if (path && !path->starts_with('/')) {
    fault(quote(*path) + " is no absolute path; begin it with /");
    return {};
  }
  if (path && path->find('\0') != std::string::npos) {
    fault(quote(*path) + " holds a zero byte; no path may");
    return {};
  }
  return path;
}

std::optional<std::vector<Value>> Value::list() const {
  std::vector<Value> items;
  if (node_.IsNull()) return items;
  if (!node_.IsSequence()) {
    fault("is " + kind() + "; needs a list: [a, b], or lines that begin with \"- \"");
    return {};
  }
  for (std::size_t i = 0; i < node_.size(); ++i) {
    items.emplace_back(node_[i], path_ + '[' + std::to_string(i) + ']', *faults_);
  }
  return items;
}

}  // namespace sluice::config
