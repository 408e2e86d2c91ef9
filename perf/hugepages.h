// Hugepages: enough free 2 MiB pages for as long as this object lives, so that a bench needs no
// setup but root.
#pragma once

#include <cstdint>

namespace sluice::perf {

class Hugepages {
 public:
  // Raises vm.nr_hugepages by what is missing for `mib`; says in one line on stderr when it cannot,
  // and the bench goes on with ordinary pages.
  explicit Hugepages(uint64_t mib);
  // Takes back what was added; pages in use go when the process ends.
  ~Hugepages();
  Hugepages(const Hugepages&) = delete;
  Hugepages& operator=(const Hugepages&) = delete;

 private:
  uint64_t added_ = 0;
};

}  // namespace sluice::perf
