// Every prefix and every single-byte change of every sample, each in a heap buffer of exactly its
// size, so that a sanitizer build sees the first byte read beyond it.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <set>

#include "tests/fuzz/touch.h"
#include "tests/unit/wire/samples.h"

namespace sluice {
namespace {

void touch_exact(const fuzz::Format& format, const uint8_t* bytes, std::size_t length) {
  const auto copy = std::make_unique<uint8_t[]>(length);
  std::memcpy(copy.get(), bytes, length);
  format.touch({copy.get(), length});
}

const fuzz::Format& format_of(const WireSample& sample) {
  for (const auto& f : fuzz::formats()) {
    if (sample.format == f.name) return f;
  }
  ADD_FAILURE() << "no format " << sample.format;
  return fuzz::formats().front();
}

TEST(Sweep, EveryFormatHasSamples) {
  std::set<std::string> seen;
  for (const auto& s : wire_samples()) seen.insert(s.format);
  for (const auto& f : fuzz::formats()) EXPECT_TRUE(seen.contains(f.name)) << f.name;
}

TEST(Sweep, EveryPrefix) {
  for (const auto& s : wire_samples()) {
    SCOPED_TRACE(s.format + "/" + s.name);
    for (std::size_t n = 0; n <= s.bytes.size(); n++) touch_exact(format_of(s), s.bytes.data(), n);
  }
}

TEST(Sweep, EveryChangeOfOneByte) {
  for (const auto& s : wire_samples()) {
    SCOPED_TRACE(s.format + "/" + s.name);
    auto bytes = s.bytes;
    for (std::size_t at = 0; at < bytes.size(); at++) {
      for (unsigned value = 0; value < 256; value++) {
        bytes[at] = static_cast<uint8_t>(value);
        touch_exact(format_of(s), bytes.data(), bytes.size());
      }
      bytes[at] = s.bytes[at];
    }
  }
}

}  // namespace
}  // namespace sluice
