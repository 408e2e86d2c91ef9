// FlatMap: open addressing with a capacity fixed at startup. Private to one worker; no allocation
// after construction.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::dataplane {

// Key: trivially copyable with operator==; Hash: callable Key -> uint64_t with well-mixed upper
// bits. Linear probing, backward-shift deletion, at most half full.
template <class Key, class Value, class Hash>
class FlatMap {
 public:
  // Room for `entries_max` entries.
  explicit FlatMap(std::size_t entries_max)
      : entries_max_(entries_max),
        cells_(std::bit_ceil(entries_max * 2 + 2)),
        mask_(cells_.size() - 1) {}

  std::size_t size() const { return size_; }

  Value* find(const Key& key) {
    for (std::size_t i = home(key); cells_[i].used; i = (i + 1) & mask_) {
      if (cells_[i].key == key) return &cells_[i].value;
    }
    return nullptr;
  }
  // Replaces the value of an existing key. False when full.
  bool insert(const Key& key, const Value& value) {
    std::size_t i = home(key);
    for (; cells_[i].used; i = (i + 1) & mask_) {
      if (cells_[i].key == key) {
        cells_[i].value = value;
        return true;
      }
    }
    if (size_ == entries_max_) return false;
    cells_[i] = {key, value, true};
    ++size_;
    return true;
  }
  bool erase(const Key& key) {
    std::size_t i = home(key);
    while (cells_[i].used && !(cells_[i].key == key)) i = (i + 1) & mask_;
    if (!cells_[i].used) return false;
    std::size_t hole = i;
    for (std::size_t j = (i + 1) & mask_; cells_[j].used; j = (j + 1) & mask_) {
      const std::size_t h = home(cells_[j].key);
      if (((j - h) & mask_) >= ((j - hole) & mask_)) {
        cells_[hole] = cells_[j];
        hole = j;
      }
    }
    cells_[hole] = {};
    --size_;
    return true;
  }

 private:
  struct Cell {
    Key key{};
    Value value{};
    bool used = false;
  };
  std::size_t home(const Key& key) const { return (Hash{}(key) >> 20) & mask_; }

  std::size_t entries_max_;
  std::vector<Cell> cells_;
  std::size_t mask_;
  std::size_t size_ = 0;
};

}  // namespace sluice::dataplane
