#include "perf/hugepages.h"

#include <cstdio>
#include <fstream>
#include <string>

namespace sluice::perf {
namespace {

// The pages of 2 MiB; vm.nr_hugepages speaks of the default size, which may be another.
const std::string directory = "/sys/kernel/mm/hugepages/hugepages-2048kB/";

uint64_t read_number(const char* name) {
  uint64_t value = 0;
  std::ifstream(directory + name) >> value;
  return value;
}

bool write_total(uint64_t value) {
  std::ofstream out(directory + "nr_hugepages");
  out << value << std::flush;
  return out.good();
}

}  // namespace

Hugepages::Hugepages(uint64_t mib) {
  const uint64_t wanted = (mib + 1) / 2;
  const uint64_t available = read_number("free_hugepages") - read_number("resv_hugepages");
  if (available >= wanted) return;
  const uint64_t total = read_number("nr_hugepages");
  if (!write_total(total + wanted - available)) {
    std::fprintf(stderr,
                 "hugepages: %lu of %lu are free and more cannot be reserved (that takes root): "
                 "ordinary pages, slower\n",
                 available, wanted);
    return;
  }
  added_ = read_number("nr_hugepages") - total;
  const uint64_t now_available = read_number("free_hugepages") - read_number("resv_hugepages");
  if (now_available < wanted) {
    std::fprintf(stderr,
                 "hugepages: the kernel found memory for %lu of %lu: ordinary pages, slower\n",
                 now_available, wanted);
  }
}

Hugepages::~Hugepages() {
  if (added_ == 0) return;
  const uint64_t total = read_number("nr_hugepages");
  write_total(total > added_ ? total - added_ : 0);
}

}  // namespace sluice::perf
