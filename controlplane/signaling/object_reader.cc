#include "controlplane/signaling/object_reader.h"

#include <utility>

namespace sluice::signaling {
namespace {

using nlohmann::json;

// Deepest nesting of arrays and objects; strings are skipped. The parser itself has no such limit.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

std::size_t character_count(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

Result<json> parse_object(std::string_view text, std::size_t bytes_max, std::size_t depth_max) {
  if (text.size() > bytes_max) {
    return Error{"longer than " + std::to_string(bytes_max) + " bytes"};
  }
  if (depth_of(text) > depth_max) {
    return Error{"nested deeper than " + std::to_string(depth_max) + " levels"};
  }
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return Error{"not JSON"};
  if (!parsed.is_object()) return Error{"not a JSON object"};
  return parsed;
}

ObjectReader::ObjectReader(const json& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) refuse("", "must be an object");
}

void ObjectReader::refuse(std::string_view member, std::string_view why) {
  if (!fault_.empty()) return;
  fault_ = path_;
  if (!path_.empty() && !member.empty()) fault_ += '.';
  fault_ += member;
  fault_ += ": ";
  fault_ += why;
}

void ObjectReader::adopt(const ObjectReader& inner) {
  if (fault_.empty()) fault_ = inner.fault_;
}

const json* ObjectReader::find(const char* member) {
  if (!object_.is_object()) return nullptr;
  const auto at = object_.find(member);
  if (at == object_.end()) {
    refuse(member, "is missing");
    return nullptr;
  }
  return &*at;
}

std::string ObjectReader::text(const char* member, std::size_t min, std::size_t max) {
  const json* value = find(member);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    refuse(member, "must be text");
    return {};
  }
  const auto& s = value->get_ref<const std::string&>();
  const std::size_t length = character_count(s);
  if (length < min || length > max) {
    refuse(member,
           "must have " + std::to_string(min) + " to " + std::to_string(max) + " characters");
    return {};
  }
  return s;
}

uint64_t ObjectReader::number(const char* member, uint64_t min, uint64_t max) {
  const json* value = find(member);
  if (value == nullptr) return min;
  if (!value->is_number_unsigned() || value->get<uint64_t>() < min ||
      value->get<uint64_t>() > max) {
    refuse(member,
           "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return value->get<uint64_t>();
}

bool ObjectReader::boolean(const char* member) {
  const json* value = find(member);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    refuse(member, "must be true or false");
    return false;
  }
  return value->get<bool>();
}

std::vector<std::string> ObjectReader::texts(const char* member, std::size_t count_max,
                                             std::size_t max) {
  std::vector<std::string> out;
  const json* list = array(member, count_max);
  if (list == nullptr) return out;
  for (const json& item : *list) {
    const bool fits = item.is_string() && !item.get_ref<const std::string&>().empty() &&
                      character_count(item.get_ref<const std::string&>()) <= max;
    if (!fits) {
      refuse(std::string(member) + "." + std::to_string(out.size()),
             "must be text of 1 to " + std::to_string(max) + " characters");
      return {};
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::optional<std::size_t> ObjectReader::find_word(const char* member,
                                                   const std::string_view* names,
                                                   std::size_t count) {
  const json* value = find(member);
  if (value == nullptr) return std::nullopt;
  std::string choices;
  for (std::size_t i = 0; i < count; ++i) {
    if (value->is_string() && value->get_ref<const std::string&>() == names[i]) return i;
    choices += choices.empty() ? "" : ", ";
    choices += names[i];
  }
  refuse(member, "must be one of " + choices);
  return std::nullopt;
}

const json* ObjectReader::object(const char* member, std::size_t count_max) {
  const json* value = find(member);
  if (value == nullptr) return nullptr;
  if (!value->is_object() || value->size() > count_max) {
    refuse(member, "must be an object of at most " + std::to_string(count_max) + " members");
    return nullptr;
  }
  return value;
}

const json* ObjectReader::array(const char* member, std::size_t count_max) {
  const json* value = find(member);
  if (value == nullptr) return nullptr;
  if (!value->is_array() || value->size() > count_max) {
    refuse(member, "must be an array of at most " + std::to_string(count_max) + " items");
    return nullptr;
  }
  return value;
}

}  // namespace sluice::signaling
