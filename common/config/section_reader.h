// A section of the file as its reader sees it: asks for the keys it knows, each once; whatever
// stands there besides is refused by finish(). A key that is absent leaves the default alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/config/value.h"

namespace sluice::config {

class SectionReader {
 public:
  // Refuses what is no section, and keys that stand twice. A key without value is an empty section.
  explicit SectionReader(const Value& section);

  // The value of `key`, if it is there. The key is known from now on.
  std::optional<Value> find(std::string_view key);

  template <class Int>
  void integer(std::string_view key, Int& out, Range range) {
    static_assert(std::is_unsigned_v<Int>);
    const auto v = find(key);
    if (!v) return;
    if (const auto n = v->integer(range)) out = static_cast<Int>(*n);
  }
  void boolean(std::string_view key, bool& out);
  void text(std::string_view key, std::string& out);
  void absolute_path(std::string_view key, std::string& out);
  // A sub-section; absent: an empty one.
  SectionReader section(std::string_view key);

  // Refuses every key nobody asked for.
  void finish();

  const Value& value() const { return section_; }
  std::string path_of(std::string_view key) const;
  // At the key, or at the section when the key is absent.
  void fault(std::string_view key, std::string_view what) const;

 private:
  struct Entry {
    std::string key;
    Place place;
    YAML::Node value;
  };
  Value section_;
  std::vector<Entry> entries_;
  std::vector<std::string_view> known_;  // literals of the section's reader
};

}  // namespace sluice::config
