// One case of the scale bench: two workers of one node on two cores.
//
//   local 0    publisher -> worker 0 -> N receivers there        cross   publisher -> worker 0 -> N
//   local 1    publisher -> worker 1 -> N receivers there                receivers there and N of
//                                                                        worker 1
//
// Blocks of 10 ms alternate: each local audience alone, both at once, cross; and the bare cipher on
// each core alone, then on both at once, which is what the machine itself gives two cores. Each
// begins with rounds that do not count, and each thread feeds its own worker between the timed
// loops, so that two cores are enough.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "perf/audience.h"
#include "perf/bare_cipher.h"
#include "perf/lane.h"

namespace sluice::perf {

struct ScaleCase {
  uint32_t receivers = 10'000;  // of each worker, in each audience
  uint32_t size = 1'200;        // of the SRTP packet
  uint32_t packets_per_visit = 2;
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  Codec codec = Codec::h264;
  std::array<uint32_t, 2> cores{0, 1};
};

// Medians over the blocks: nanoseconds per packet of each worker.
struct ScaleResult {
  std::array<double, 2> alone{}, both{}, cross{};
  std::array<double, 2> cipher_alone{}, cipher_both{};
  double sum_over_one = 0;                  // packets per second: both at once / mean of one alone
  double cipher_sum_over_one = 0;           // the same of the bare cipher
  std::array<double, 2> ratio_to_cipher{};  // alone, both at once
  std::array<double, 2> hand_over_cost{};   // cross - both
  uint64_t sent = 0, dropped = 0;
  CheckCounts checked;
};

class ScaleBench {
 public:
  explicit ScaleBench(const ScaleCase& c);
  ScaleResult run(double seconds);

 private:
  struct Block {  // what the worker threads share for as long as a block lasts
    std::atomic<uint32_t> started{0}, measured{0};
    std::atomic<bool> warm{false}, fed_last{false};  // cross
    uint32_t threads = 1;
  };
  struct Job {
    ScaleBench* bench;
    Lane* lane;
    Audience* audience;  // null: another thread feeds
    void (ScaleBench::*run)(Lane& lane, Audience* audience);
    std::atomic<uint32_t>* left;
  };
  struct alignas(128) CoreCipher {  // no line of it is of both cores
    explicit CoreCipher(const ScaleCase& c);
    DestinationRing destinations;
    BareCipher cipher;
    double ns = 0;  // per packet, of the last block
  };
  static AudienceSetup audience_setup(const ScaleCase& c, uint8_t number);
  static rig::RigSetup rig_setup(const ScaleCase& c);
  static int start(void* job);
  uint32_t warm_rounds() const;
  void launch(std::initializer_list<Job> jobs);
  void feed_and_serve(Lane& lane, Audience* audience);
  void feed_both_workers(Lane& lane, Audience* audience);
  void serve_what_comes(Lane& lane, Audience* audience);
  void only_encrypt(Lane& lane, Audience* audience);
  void start_together();
  std::array<double, 2> run_local(bool first, bool second);
  std::array<double, 2> run_cross();
  std::array<double, 2> run_cipher(bool first, bool second);
  void after_block();

  ScaleCase case_;
  rig::NodeRig rig_;
  std::array<Audience, 2> local_;
  Audience cross_;
  std::array<Lane, 2> lanes_;
  std::array<CoreCipher, 2> ciphers_;
  Block block_;
  CheckCounts checked_;
};

}  // namespace sluice::perf
