// Takes typed members out of an untrusted JSON object; remembers the first that does not fit, by
// its path.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/signaling/source.h"

namespace sluice::signaling {

// Characters of a UTF-8 text that is known to be valid.
std::size_t character_count(std::string_view utf8);

// Parses bounded text into an object. Errors: one line.
Result<nlohmann::json> parse_object(std::string_view text, std::size_t bytes_max,
                                    std::size_t depth_max);

class ObjectReader {
 public:
  // `path` names the object in faults; empty for the message itself.
  explicit ObjectReader(const nlohmann::json& object, std::string path = {});

  bool ok() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }

  // Required members; the neutral value when they do not fit.
  std::string text(const char* member, std::size_t min, std::size_t max);
  uint64_t number(const char* member, uint64_t min, uint64_t max);
  bool boolean(const char* member);
  std::vector<std::string> texts(const char* member, std::size_t count_max, std::size_t max);
  template <class Enum, std::size_t N>
  Enum word(const char* member, const std::array<std::string_view, N>& names);
  // The member as an object or array to descend into; null when it does not fit.
  const nlohmann::json* object(const char* member, std::size_t count_max);
  const nlohmann::json* array(const char* member, std::size_t count_max);

  bool has(const char* member) const { return object_.contains(member); }
  void refuse(std::string_view member, std::string_view why);
  // Takes over the fault of a reader of something inside.
  void adopt(const ObjectReader& inner);

 private:
  const nlohmann::json* find(const char* member);
  std::optional<std::size_t> find_word(const char* member, const std::string_view* names,
                                       std::size_t count);

  const nlohmann::json& object_;
  std::string path_;
  std::string fault_;
};

template <class Enum, std::size_t N>
Enum ObjectReader::word(const char* member, const std::array<std::string_view, N>& names) {
  return static_cast<Enum>(find_word(member, names.data(), N).value_or(0));
}

}  // namespace sluice::signaling
