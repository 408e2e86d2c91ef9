// One value of the file with its key path and place. Every read that fails adds one fault and gives
// nothing.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/faults.h"

namespace sluice::config {

struct Range {
  uint64_t min;
  uint64_t max;
  bool power_of_two = false;
};
// "1 to 65535", "a power of two from 64 to 4096".
std::string to_string(const Range& r);

class Value {
 public:
  // key: where its key stands, for a value that is empty.
  Value(YAML::Node node, std::string path, Faults& faults, Place key = {})
      : node_(std::move(node)), path_(std::move(path)), faults_(&faults), key_(key) {}

  const std::string& path() const { return path_; }
  Place place() const;
  const YAML::Node& node() const { return node_; }
  Faults& faults() const { return *faults_; }
  void fault(std::string_view what) const { faults_->add(place(), path_, what); }

  // Plain decimal digits: no sign, no quotes.
  std::optional<uint64_t> integer(const Range& range) const;
  // true or false, unquoted.
  std::optional<bool> boolean() const;
  // Any scalar.
  std::optional<std::string> text() const;
  // One of `words`, exactly; a near miss is named.
  std::optional<std::string_view> word(std::span<const std::string_view> words) const;
  // An absolute path.
  std::optional<std::string> absolute_path() const;
  // The elements of a sequence; a key without value is an empty one.
  std::optional<std::vector<Value>> list() const;

 private:
  // "a list", "a section", "the text \"abc\"", "nothing": what stands there.
  std::string kind() const;

  YAML::Node node_;
  std::string path_;
  Faults* faults_;
  Place key_;
};

}  // namespace sluice::config
