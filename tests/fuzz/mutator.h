// Seeded mutations of a corpus, without a fuzzing engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <vector>

namespace sluice::fuzz {

using Bytes = std::vector<uint8_t>;

class Mutator {
 public:
  static constexpr std::size_t input_length_max = 4'096;

  // The corpus is not empty and outlives this.
  Mutator(const std::vector<Bytes>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  // One of the corpus after one to eight changes.
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

}  // namespace sluice::fuzz
