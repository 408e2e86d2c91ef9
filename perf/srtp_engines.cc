// What protecting and unprotecting a packet costs: nanoseconds per packet of each suite and engine,
// for small and large packets, with one key that stays in the cache and with many keys visited in
// random order. "bare" is the same multi-buffer library called in a loop with nothing around it:
// the floor.
//
//   srtp_engines [--keys N] [--libsrtp-keys N] [--rounds N]
//
// Every row runs in blocks of a few milliseconds, one row after the other, round after round: the
// clock of the machine drifts, so only rows of one run compare. Medians over the rounds are
// printed.
#include <intel-ipsec-mb.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "common/srtp/engine.h"

namespace sluice::perf {
namespace {

using namespace srtp;

constexpr std::size_t batch_size = 32;
constexpr std::size_t batch_count =
    8;  // packets of one pass: a few hundred, so that they stay in the L2 cache
constexpr std::size_t pass_size = batch_size * batch_count;
constexpr std::size_t header_length = 20;
constexpr std::size_t packet_room = 1'280;
constexpr std::size_t sizes[] = {160, 1'200};  // of the protected packet
constexpr Profile suites[] = {Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm,
                              Profile::aes128_cm_sha1_80};
constexpr std::chrono::milliseconds block_time{5};

struct Options {
  uint64_t keys = 10'000;
  uint64_t libsrtp_keys = 1;
  uint64_t rounds = 15;
};

struct Packets {
  alignas(64) std::array<std::array<uint8_t, packet_room>, pass_size> wire;
  alignas(64) std::array<std::array<uint8_t, packet_room>, pass_size> plain;
  alignas(64)
      std::array<std::array<uint8_t, packet_room>, batch_size> log;  // what is sent to everybody
};

struct Cost {
  double protect_ns;
  double unprotect_ns;
};

// Large pages, as the worker has them.
void* allocate(std::size_t bytes) {
  constexpr std::size_t page = std::size_t{2} << 20;
  const std::size_t rounded = (bytes + page - 1) / page * page;
  void* memory = std::aligned_alloc(page, rounded);
  madvise(memory, rounded, MADV_HUGEPAGE);
  return memory;
}

template <class F>
double time_ns(F f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

// One line of the table: an engine (or the bare cipher), a suite, a packet size, a number of keys.
class Row {
 public:
  virtual ~Row() = default;
  virtual std::string_view engine() const = 0;
  // Protects and unprotects pass_size packets; both times are for all of them.
  virtual Cost pass(Packets& packets) = 0;

  void run_block(Packets& packets) {
    const auto end = std::chrono::steady_clock::now() + block_time;
    do {
      const Cost cost = pass(packets);
      protect_ns_.push_back(cost.protect_ns / pass_size);
      unprotect_ns_.push_back(cost.unprotect_ns / pass_size);
    } while (std::chrono::steady_clock::now() < end);
  }
  void print() {
    const auto median = [](std::vector<double>& v) {
      std::ranges::sort(v);
      return v[v.size() / 2];
    };
    std::printf("%-24s %-12s %6zu %7zu %10.1f %10.1f\n", name_of(profile_).data(), engine().data(),
                size_, key_count_, median(protect_ns_), median(unprotect_ns_));
  }

 protected:
  Row(Profile profile, std::size_t size, std::size_t key_count)
      : profile_(profile),
        size_(size),
        key_count_(key_count),
        payload_length_(static_cast<uint16_t>(size - header_length - rtp_overhead(profile))) {}

  Profile profile_;
  std::size_t size_;
  std::size_t key_count_;
  uint16_t payload_length_;

 private:
  std::vector<double> protect_ns_;
  std::vector<double> unprotect_ns_;
};

class EngineRow : public Row {
 public:
  EngineRow(Engine& made_by, Profile profile, std::size_t size, std::size_t key_count)
      : Row(profile, size, key_count), engine_(made_by), order_(key_count), index_(key_count, 1) {
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::shuffle(order_, std::mt19937_64(1));
    // Keys of their own for receiving: libsrtp's have one direction, and the sender's would be in
    // the cache already.
    const std::size_t bytes = engine_.key_size() * key_count;
    for (auto* keys : {&senders_, &receivers_}) {
      storages_.emplace_back(allocate(bytes), &std::free);
      for (std::size_t i = 0; i < key_count; ++i) {
        MasterKey master;
        std::memcpy(master.key.data(), &i, sizeof(i));
        auto* storage = static_cast<std::byte*>(storages_.back().get()) + i * engine_.key_size();
        keys->push_back(engine_.expand(profile, master, storage));
      }
    }
  }
  ~EngineRow() override {
    for (const auto* keys : {&senders_, &receivers_})
      for (SessionKey* key : *keys) engine_.wipe(key);
  }

  std::string_view engine() const override {
    return engine_.kind() == EngineKind::libsrtp ? "libsrtp" : "multi_buffer";
  }

  Cost pass(Packets& packets) override {
    for (std::size_t i = 0; i < pass_size; ++i) {
      const std::size_t k = order_[at_];
      if (++at_ == key_count_) at_ = 0;
      uint8_t* wire = packets.wire[i].data();
      write_header(wire, static_cast<uint16_t>(index_[k]));
      const SrtpIndex index(index_[k]++);
      send_[i] = {
          senders_[k], wire, packets.log[i % batch_size].data(), header_length, payload_length_,
          ssrc_,       index};
      receive_[i] = {
          receivers_[k], wire, packets.plain[i].data(), static_cast<uint16_t>(size_), header_length,
          ssrc_,         index};
    }
    Cost cost;
    cost.protect_ns = time_ns([&] {
      for (std::size_t b = 0; b < batch_count; ++b)
        engine_.protect({send_.data() + b * batch_size, batch_size});
    });
    cost.unprotect_ns = time_ns([&] {
      for (std::size_t b = 0; b < batch_count; ++b)
        engine_.unprotect({receive_.data() + b * batch_size, batch_size});
    });
    for (const UnprotectJob& job : receive_)
      if (!job.ok) std::abort();
    return cost;
  }

 private:
  static void write_header(uint8_t* wire, uint16_t seq) {
    constexpr uint8_t start[header_length] = {0x90, 96, 0, 0, 0,    0,    0, 0,
                                              0,    0,  0, 5, 0xbe, 0xde, 0, 1};
    std::memcpy(wire, start, header_length);
    wire[2] = static_cast<uint8_t>(seq >> 8);
    wire[3] = static_cast<uint8_t>(seq);
  }

  static constexpr Ssrc ssrc_{5};
  Engine& engine_;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> storages_;
  std::vector<SessionKey*> senders_;
  std::vector<SessionKey*> receivers_;
  std::vector<uint32_t> order_;
  std::vector<uint64_t> index_;
  std::size_t at_ = 0;
  std::array<ProtectJob, pass_size> send_{};
  std::array<UnprotectJob, pass_size> receive_{};
};

// AES-GCM and nothing else: one key, one nonce, one associated data.
class BareGcmRow : public Row {
 public:
  BareGcmRow(IMB_MGR* manager, Profile profile, std::size_t size) : Row(profile, size, 1) {
    const uint8_t key[32] = {};
    if (profile == Profile::aead_aes_128_gcm) {
      IMB_AES128_GCM_PRE(manager, key, &key_);
      encrypt_ = manager->gcm128_enc;
      decrypt_ = manager->gcm128_dec;
    } else {
      IMB_AES256_GCM_PRE(manager, key, &key_);
      encrypt_ = manager->gcm256_enc;
      decrypt_ = manager->gcm256_dec;
    }
  }
  std::string_view engine() const override { return "bare"; }
  Cost pass(Packets& packets) override {
    const uint8_t iv[12] = {};
    uint8_t tag[16];
    Cost cost;
    cost.protect_ns = time_ns([&] {
      for (std::size_t i = 0; i < pass_size; ++i) {
        uint8_t* wire = packets.wire[i].data();
        encrypt_(&key_, &context_, wire + header_length, packets.log[i % batch_size].data(),
                 payload_length_, iv, wire, header_length, wire + header_length + payload_length_,
                 16);
      }
    });
    cost.unprotect_ns = time_ns([&] {
      for (std::size_t i = 0; i < pass_size; ++i) {
        const uint8_t* wire = packets.wire[i].data();
        decrypt_(&key_, &context_, packets.plain[i].data(), wire + header_length, payload_length_,
                 iv, wire, header_length, tag, 16);
      }
    });
    return cost;
  }

 private:
  aes_gcm_enc_dec_t encrypt_;
  aes_gcm_enc_dec_t decrypt_;
  gcm_context_data context_{};
  alignas(64) gcm_key_data key_{};
};

bool parse(std::span<char*> arguments, Options* options) {
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    uint64_t* target = name == "--keys"           ? &options->keys
                       : name == "--libsrtp-keys" ? &options->libsrtp_keys
                       : name == "--rounds"       ? &options->rounds
                                                  : nullptr;
    if (target == nullptr || i + 1 >= arguments.size()) return false;
    const std::string_view text = arguments[i + 1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *target);
    if (error != std::errc() || end != text.data() + text.size() || *target == 0) return false;
  }
  return true;
}

int run(std::span<char*> arguments) {
  Options options;
  if (!parse(arguments, &options)) {
    std::fprintf(stderr, "usage: srtp_engines [--keys N] [--libsrtp-keys N] [--rounds N]\n");
    return 2;
  }
  auto fast = Engine::create(EngineKind::multi_buffer);
  auto portable = Engine::create(EngineKind::libsrtp);
  for (const auto* made : {&fast, &portable}) {
    if (made->ok()) continue;
    std::fprintf(stderr, "%s\n", made->error().message.c_str());
    return 1;
  }
  const std::unique_ptr<IMB_MGR, decltype(&free_mb_mgr)> manager(alloc_mb_mgr(0), &free_mb_mgr);
  init_mb_mgr_auto(manager.get(), nullptr);

  std::vector<std::unique_ptr<Row>> rows;
  for (const Profile suite : suites) {
    for (const std::size_t size : sizes) {
      if (suite != Profile::aes128_cm_sha1_80)
        rows.push_back(std::make_unique<BareGcmRow>(manager.get(), suite, size));
      for (const std::size_t keys : {std::size_t{1}, options.keys})
        rows.push_back(std::make_unique<EngineRow>(**fast, suite, size, keys));
      rows.push_back(std::make_unique<EngineRow>(**portable, suite, size, options.libsrtp_keys));
    }
  }
  const auto packets = std::make_unique<Packets>();
  std::memset(packets.get(), 0x5a, sizeof(Packets));
  for (uint64_t round = 0; round < options.rounds; ++round)
    for (const auto& row : rows) row->run_block(*packets);

  std::printf("%.*s; %.*s\n", static_cast<int>((*fast)->description().size()),
              (*fast)->description().data(), static_cast<int>((*portable)->description().size()),
              (*portable)->description().data());
  std::printf("%-24s %-12s %6s %7s %10s %10s\n", "suite", "engine", "bytes", "keys", "protect ns",
              "unprot. ns");
  for (const auto& row : rows) row->print();
  return 0;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  return sluice::perf::run({argv, static_cast<std::size_t>(argc)});
}
