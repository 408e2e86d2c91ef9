// Writes the initial corpora: the samples of tests/unit/wire, and what an intruder begins with.
//
//   make_corpus tests/fuzz/corpus
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/fuzz/seeds.h"
#include "tests/unit/wire/samples.h"

namespace {

bool write(const std::filesystem::path& directory, const std::string& name,
           const std::vector<uint8_t>& bytes) {
  std::filesystem::create_directories(directory);
  std::ofstream out(directory / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out) std::fprintf(stderr, "cannot write %s\n", (directory / name).c_str());
  return static_cast<bool>(out);
}

// As the target rtcp_packet reads it: its numbers of the types, the count, the body.
std::vector<uint8_t> packet_of(const std::vector<uint8_t>& compound) {
  constexpr uint8_t kinds[] = {0, 1, 2, 3, 4, 0, 0, 10};
  const uint8_t type = compound[1], count = compound[0] & 0x1f;
  uint8_t kind = kinds[type & 7];
  if (type == 205) kind = count == 1 ? 5 : 6;
  if (type == 206) kind = count == 1 ? 7 : count == 4 ? 8 : 9;
  std::vector<uint8_t> out(compound.size() - 2);
  out[0] = kind;
  out[1] = count;
  std::copy(compound.begin() + 4, compound.end(), out.begin() + 2);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  const std::filesystem::path corpus(argv[1]);
  bool written = true;
  for (const auto& sample : sluice::wire_samples()) {
    written &= write(corpus / sample.format, sample.name, sample.bytes);
    if (sample.format == "rtcp")
      written &= write(corpus / "rtcp_packet", sample.name, packet_of(sample.bytes));
  }
  for (const auto& seed : sluice::fuzz::seeds()) {
    const auto input = sluice::fuzz::input_of(seed);
    const std::string name =
        std::string(sluice::fuzz::traffic_names[static_cast<std::size_t>(seed.traffic)]) + "_" +
        seed.name + "_" + std::to_string(static_cast<int>(seed.guise));
    written &= write(corpus / "worker", name, input);
  }
  return written ? 0 : 1;
}
