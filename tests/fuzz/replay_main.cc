// Runs one fuzz target without a fuzzing engine: replays a corpus, then a bounded number of seeded
// mutations of it.
//
//   fuzz_stun CORPUS_DIRECTORY [--runs N] [--seed S]
//
// Every mutated input is made from its own number, seed + run, so a failure names the one command
// that repeats it.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);
// Present in sanitizer builds only.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using sluice::fuzz::Bytes;
using sluice::fuzz::Mutator;

// What to say when the target dies; a fixed buffer, because it is written from a signal handler.
char last_words[512];

void say_last_words() {
  [[maybe_unused]] const auto n = write(STDERR_FILENO, last_words, std::strlen(last_words));
}

void on_signal(int signal) {
  say_last_words();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A copy of exactly the input's size, so that the address sanitizer sees the first byte read beyond
// it.
void run(const Bytes& input) {
  const auto copy = std::make_unique<uint8_t[]>(input.size());
  if (!input.empty()) std::memcpy(copy.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY [--runs N] [--seed S]\n", argv[0]);
    return 2;
  }
  uint64_t runs = 20'000;
  uint64_t seed = std::random_device{}();
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--runs") == 0) runs = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  for (const int s : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(s, on_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_last_words);

  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s: no corpus in '%s'\n", argv[0], argv[1]);
    return 1;
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> corpus;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::snprintf(last_words, sizeof last_words, "failed on %s\n", file.c_str());
    run(corpus.back());
  }
  std::printf("%zu corpus files, %llu mutations from --seed %llu\n", files.size(),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (uint64_t i = 0; i < runs; i++) {
    std::snprintf(last_words, sizeof last_words, "failed; again with: %s %s --runs 1 --seed %llu\n",
                  argv[0], argv[1], static_cast<unsigned long long>(seed + i));
    run(Mutator(corpus, seed + i).next());
  }
  return 0;
}
