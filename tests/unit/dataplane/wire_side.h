// Everything of one worker between its rings and its datagrams.
#pragma once

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "dataplane/classify.h"
#include "dataplane/neighbours.h"
#include "dataplane/port/frame_supply.h"
#include "dataplane/port/hop_cache.h"
#include "dataplane/rx.h"
#include "dataplane/tx.h"
#include "tests/unit/dataplane/ring_port.h"

namespace sluice::test {

struct WireSide {
  WireSide(RingPort& rings, uint32_t worker_number)
      : worker(worker_number),
        rx(rings.ports(), rings.handover(), worker, counters),
        supply(rings.pools().transmit(worker)),
        tx(rings.ports(), worker, supply, counters),
        neighbours(rings.ports(), worker, tx, counters),
        classifier(rings.ports(), rings.handover(), neighbours, worker, counters),
        hops(rings.ports(), worker) {}
  ~WireSide() { free_lists(); }

  // One turn of rx and classify; the lists of the turn before are freed.
  void turn(TimeNs now = 0) {
    free_lists();
    rx.receive(batch);
    classifier.classify(batch, now, out);
    tx.flush(now);
  }
  void free_lists() {
    for (dataplane::PacketBatch* list : {&out.stun, &out.dtls, &out.srtp, &out.srtcp}) {
      for (auto& p : *list) rte_pktmbuf_free(p.mbuf);
    }
    out = {};
  }
  std::size_t classified() const {
    return out.stun.count + out.dtls.count + out.srtp.count + out.srtcp.count;
  }

  uint32_t worker;
  shm::Counters counters;
  dataplane::Rx rx;
  dataplane::FrameSupply supply;
  dataplane::Tx tx;
  dataplane::Neighbours neighbours;
  dataplane::Classifier classifier;
  dataplane::HopCache hops;
  dataplane::RxBatch batch;
  dataplane::Classified out;
};

}  // namespace sluice::test
