// Writes the samples of tests/unit/wire as the initial corpora: make_corpus tests/fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/unit/wire/samples.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  for (const auto& sample : sluice::wire_samples()) {
    const auto directory = std::filesystem::path(argv[1]) / sample.format;
    std::filesystem::create_directories(directory);
    std::ofstream out(directory / sample.name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(sample.bytes.data()),
              static_cast<std::streamsize>(sample.bytes.size()));
    if (!out) {
      std::fprintf(stderr, "cannot write %s\n", (directory / sample.name).c_str());
      return 1;
    }
  }
  return 0;
}
