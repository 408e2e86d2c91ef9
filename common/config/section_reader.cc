#include "common/config/section_reader.h"

#include <algorithm>

#include "common/config/nearest.h"

namespace sluice::config {

SectionReader::SectionReader(const Value& section) : section_(section) {
  const YAML::Node& node = section.node();
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsMap()) {
    section.fault("is no section; needs lines of the form \"key: value\"");
    return;
  }
  for (const auto& pair : node) {
    const Value key(pair.first, section.path(), section.faults());
    if (!pair.first.IsScalar()) {
      key.fault("a key must be a word");
      continue;
    }
    const std::string& name = pair.first.Scalar();
    const auto first = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& e) { return e.key == name; });
    if (first != entries_.end()) {
      section.faults().add(
          key.place(), path_of(quote(name)),
          "stands twice; the first is in line " + std::to_string(first->place.line) + ", keep one");
      continue;
    }
    entries_.push_back({name, key.place(), pair.second});
  }
}

std::optional<Value> SectionReader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  for (const Entry& e : entries_) {
    if (e.key == key) return Value(e.value, path_of(key), section_.faults(), e.place);
  }
  return {};
}

void SectionReader::boolean(std::string_view key, bool& out) {
  const auto v = find(key);
  if (!v) return;
  if (const auto b = v->boolean()) out = *b;
}

void SectionReader::text(std::string_view key, std::string& out) {
  const auto v = find(key);
  if (!v) return;
  if (auto t = v->text()) out = std::move(*t);
}

void SectionReader::absolute_path(std::string_view key, std::string& out) {
  const auto v = find(key);
  if (!v) return;
  if (auto p = v->absolute_path()) out = std::move(*p);
}

SectionReader SectionReader::section(std::string_view key) {
  const auto v = find(key);
  return SectionReader(v ? *v : Value(YAML::Node(), path_of(key), section_.faults()));
}

void SectionReader::finish() {
  for (const Entry& e : entries_) {
    if (std::find(known_.begin(), known_.end(), e.key) != known_.end()) continue;
    const std::string_view near = nearest(e.key, known_);
    section_.faults().add(e.place, section_.path(),
                          "unknown key " + quote(e.key) + "; " +
                              (near.empty() ? "known here: " + one_of(known_)
                                            : "did you mean " + std::string(near) + "?"));
  }
}

std::string SectionReader::path_of(std::string_view key) const {
  return section_.path().empty() ? std::string(key) : section_.path() + '.' + std::string(key);
}

void SectionReader::fault(std::string_view key, std::string_view what) const {
  Place place = section_.place();
  for (const Entry& e : entries_) {
    if (e.key == key) place = Value(e.value, {}, section_.faults(), e.place).place();
  }
  section_.faults().add(place, path_of(key), what);
}

}  // namespace sluice::config
