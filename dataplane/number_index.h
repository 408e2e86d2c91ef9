// NumberIndex: finds numbers (slots, entries of a pool) by a key that lies where the number points:
// 5 bytes an entry, whatever the key. Private to one worker; no allocation after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/assert.h"
#include "dataplane/source.h"

namespace sluice::dataplane {

// HashOf: callable number -> uint64_t with well-mixed upper bits, the same from insert() to
// erase(). Linear probing, backward-shift deletion, at most four fifths full. A cell is 0, or a
// number + 1 below some bits of its hash, so that few numbers are looked at in vain.
template <class HashOf>
class NumberIndex {
 public:
  static constexpr uint32_t numbers_max = (1U << 26) - 1;
  static constexpr std::size_t cells_for(std::size_t entries_max) {
    return entries_max + entries_max / 4 + 2;
  }

  NumberIndex(std::size_t entries_max, HashOf hash_of)
      : entries_max_(entries_max), cells_(cells_for(entries_max)), hash_of_(hash_of) {
    SLUICE_ASSERT(entries_max <= numbers_max);
  }

  // is(number): is it the one? no_slot: none is.
  template <class Is>
  uint32_t find(uint64_t hash, Is is) const {
    for (std::size_t i = home(hash); cells_[i] != 0; i = next(i)) {
      if (cells_[i] >> number_bits == mark(hash) && is(number(cells_[i]))) return number(cells_[i]);
    }
    return no_slot;
  }
  // For find() soon after: asks for the cell; then, once that is there, the number it most likely
  // finds, or no_slot.
  void prefetch(uint64_t hash) const { __builtin_prefetch(&cells_[home(hash)]); }
  uint32_t guess(uint64_t hash) const {
    const uint32_t cell = cells_[home(hash)];
    return cell != 0 && cell >> number_bits == mark(hash) ? number(cell) : no_slot;
  }
  // The number is not in it yet. False when full.
  bool insert(uint32_t number) {
    if (size_ == entries_max_) return false;
    const uint64_t hash = hash_of_(number);
    std::size_t i = home(hash);
    while (cells_[i] != 0) i = next(i);
    cells_[i] = mark(hash) << number_bits | (number + 1);
    ++size_;
    return true;
  }
  bool erase(uint32_t which) {
    std::size_t hole = home(hash_of_(which));
    while (cells_[hole] != 0 && number(cells_[hole]) != which) hole = next(hole);
    if (cells_[hole] == 0) return false;
    for (std::size_t j = next(hole); cells_[j] != 0; j = next(j)) {
      const std::size_t h = home(hash_of_(number(cells_[j])));
      if (distance(h, j) < distance(hole, j)) continue;
      cells_[hole] = cells_[j];
      hole = j;
    }
    cells_[hole] = 0;
    --size_;
    return true;
  }
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const { return cells_.size() * sizeof(uint32_t); }

 private:
  static constexpr unsigned number_bits = 26;
  static uint32_t number(uint32_t cell) { return (cell & numbers_max) - 1; }
  static uint32_t mark(uint64_t hash) { return static_cast<uint32_t>(hash >> 26 & 63); }
  std::size_t next(std::size_t i) const { return i + 1 == cells_.size() ? 0 : i + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + cells_.size() - from;
  }
  std::size_t home(uint64_t hash) const { return (hash >> 32) * cells_.size() >> 32; }

  std::size_t entries_max_;
  std::vector<uint32_t> cells_;
  HashOf hash_of_;
  std::size_t size_ = 0;
};

}  // namespace sluice::dataplane
