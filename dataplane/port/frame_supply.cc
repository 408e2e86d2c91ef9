#include "dataplane/port/frame_supply.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "common/base/assert.h"

namespace sluice::dataplane {
namespace {

// Free and in circulation: what a port gives back at once is not put aside just to be fetched
// again.
constexpr unsigned slack = 1'024;
constexpr std::size_t singles = 64;  // that come back together

void** as_objects(rte_mbuf** mbufs) {
  return reinterpret_cast<void**>(mbufs);
}

}  // namespace

// Low addresses first: what goes round lies together and in order, so that the hardware sees the
// next lines coming.
FrameSupply::FrameSupply(rte_mempool* pool) : pool_(pool) {
  const unsigned free = rte_mempool_avail_count(pool);
  reserve_.reserve(free);
  reserve_.resize(free > slack ? free - slack : 0);
  std::vector<rte_mbuf*> first(std::min(free, slack));
  const std::size_t kept = first.size();
  rte_mempool_get_bulk(pool, as_objects(first.data()), static_cast<unsigned>(kept));
  rte_mempool_get_bulk(pool, as_objects(reserve_.data()), static_cast<unsigned>(reserve_.size()));
  rte_mempool_put_bulk(pool, as_objects(first.data()), static_cast<unsigned>(kept));
  std::ranges::reverse(reserve_);
}

FrameSupply::~FrameSupply() {
  put_back(reserve_.size());
}

// The last n of the reserve go into circulation.
void FrameSupply::put_back(std::size_t n) {
  std::reverse(reserve_.end() - static_cast<std::ptrdiff_t>(n), reserve_.end());
  if (n != 0)
    rte_mempool_put_bulk(pool_, as_objects(reserve_.data() + reserve_.size() - n),
                         static_cast<unsigned>(n));
  reserve_.resize(reserve_.size() - n);
}

bool FrameSupply::take(std::span<rte_mbuf*> out) {
  const auto n = static_cast<unsigned>(out.size());
  const unsigned free = rte_mempool_avail_count(pool_);
  if (free < n) put_back(std::min<std::size_t>(n, reserve_.size()));
  if (free > slack + n && reserve_.capacity() - reserve_.size() >= n) put_aside(n);
  return rte_mempool_get_bulk(pool_, as_objects(out.data()), n) == 0;
}

void FrameSupply::put_aside(std::size_t n) {
  const std::size_t before = reserve_.size();
  reserve_.resize(before + n);
  const int taken =
      rte_mempool_get_bulk(pool_, as_objects(reserve_.data() + before), static_cast<unsigned>(n));
  SLUICE_ASSERT(taken == 0);  // the caller has counted them
  std::reverse(reserve_.begin() + static_cast<std::ptrdiff_t>(before), reserve_.end());
}

rte_mbuf* FrameSupply::take_one() {
  if (rte_mempool_avail_count(pool_) == 0) put_back(std::min(singles, reserve_.size()));
  return rte_pktmbuf_alloc(pool_);
}

void FrameSupply::give(rte_mbuf* m) {
  rte_mempool_put(pool_, m);
}

}  // namespace sluice::dataplane
