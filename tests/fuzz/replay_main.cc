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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);
// Present in sanitizer builds only.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Bytes = std::vector<uint8_t>;

constexpr std::size_t input_length_max = 4'096;

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

class Mutator {
 public:
  Mutator(const std::vector<Bytes>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  Bytes next() {
    Bytes b = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(8); steps != 0; steps--) step(b);
    if (b.size() > input_length_max) b.resize(input_length_max);
    return b;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  uint8_t byte() { return static_cast<uint8_t>(random_()); }

  void step(Bytes& b) {
    constexpr uint8_t edges[] = {0x00, 0x01, 0x0f, 0x10, 0x7f, 0x80, 0xf0, 0xfe, 0xff};
    const auto at = static_cast<std::ptrdiff_t>(below(b.size()));
    const auto end =
        at + static_cast<std::ptrdiff_t>(below(b.size() - static_cast<std::size_t>(at) + 1));
    switch (b.empty() ? 4 : below(8)) {
      case 0:
        b[static_cast<std::size_t>(at)] ^= static_cast<uint8_t>(1u << below(8));
        break;
      case 1:
        b[static_cast<std::size_t>(at)] = byte();
        break;
      case 2:
        b[static_cast<std::size_t>(at)] = edges[below(std::size(edges))];
        break;
      case 3:
        b.resize(static_cast<std::size_t>(at));
        break;
      case 4:
        b.insert(b.begin() + at, 1 + below(16), byte());
        break;
      case 5:
        b.erase(b.begin() + at, b.begin() + end);
        break;
      case 6: {
        const Bytes piece(b.begin() + at, b.begin() + end);
        b.insert(b.begin() + at, piece.begin(), piece.end());
        break;
      }
      default: {
        const Bytes& other = corpus_[below(corpus_.size())];
        const auto from = static_cast<std::ptrdiff_t>(below(other.size() + 1));
        b.resize(static_cast<std::size_t>(at));
        b.insert(b.end(), other.begin() + from, other.end());
      }
    }
  }

  const std::vector<Bytes>& corpus_;
  std::mt19937_64 random_;
};

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
