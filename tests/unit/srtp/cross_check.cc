// Every packet through both engines, equal byte for byte: protected by each, then unprotected by
// each. The streams lose packets on the way and wrap their sequence numbers.
//
//   cross_check [--packets N] [--seed S]      N per suite, 1,000,000 unless told
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "tests/unit/srtp/random_packet.h"

namespace sluice::srtp {
namespace {

using namespace test;

constexpr std::size_t batch_size = 64;
constexpr std::size_t stream_count = 24;
constexpr std::size_t payload_max = 1'400;
constexpr std::size_t packet_max = 12 + 15 * 4 + 36 + payload_max + 16 + 2;
constexpr std::size_t rtcp_room = 8 + 200 * 4 + 20 + 2;

struct Buffers {
  std::array<std::array<uint8_t, packet_max>, batch_size> packets;
  std::array<std::array<uint8_t, packet_max>, batch_size> plains;
};

class CrossCheck {
 public:
  CrossCheck(Engine& fast, Engine& oracle, Profile profile, uint64_t seed)
      : fast_(fast), oracle_(oracle), profile_(profile), random_(seed) {
    for (std::size_t i = 0; i < stream_count; ++i) {
      const MasterKey master = random_master_key(random_);
      fast_keys_.emplace_back(fast, profile, master);
      oracle_keys_.emplace_back(oracle, profile, master);
      oracle_checks_.emplace_back(oracle, profile, master);
      next_.push_back(i % 3 == 0 ? random_() % 0xffff'0000'0000 : random_() % 65'536);
    }
  }

  // False after the first difference, which it prints.
  bool run(uint64_t packet_count) {
    for (uint64_t done = 0; done < packet_count;) {
      const std::size_t count = std::min<uint64_t>(1 + random_() % batch_size, packet_count - done);
      if (!check_rtp(count) || !check_rtcp()) {
        std::printf("  within %zu packets after %llu\n", count,
                    static_cast<unsigned long long>(done));
        return false;
      }
      done += count;
    }
    return true;
  }

 private:
  bool check_rtp(std::size_t count);
  bool check_rtcp();

  Engine& fast_;
  Engine& oracle_;
  Profile profile_;
  Random random_;
  std::vector<OwnedKey> fast_keys_;
  std::vector<OwnedKey> oracle_keys_;
  std::vector<OwnedKey> oracle_checks_;  // a libsrtp key has one direction
  std::vector<uint64_t> next_;
  uint32_t rtcp_index_ = 0;
  std::array<std::array<uint8_t, payload_max>, batch_size> payloads_;
  Buffers ours_;
  Buffers theirs_;
};

bool CrossCheck::check_rtp(std::size_t count) {
  std::vector<ProtectJob> our_jobs, their_jobs;
  std::vector<UnprotectJob> our_checks, their_checks;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t stream = random_() % stream_count;
    const Ssrc ssrc(static_cast<uint32_t>(0x9000'0000 + stream));
    const SrtpIndex index(next_[stream]);
    next_[stream] += 1 + random_() % 16 / 14;
    const Bytes header = random_header(random_, ssrc, static_cast<uint16_t>(index.value()));
    std::ranges::copy(header, ours_.packets[i].begin());
    std::ranges::copy(header, theirs_.packets[i].begin());
    const auto header_length = static_cast<uint16_t>(header.size());
    const auto length = static_cast<uint16_t>(random_() % (payload_max + 1));
    fill(random_, std::span(payloads_[i]).first(length));
    const auto packet_length =
        static_cast<uint16_t>(header_length + length + rtp_overhead(profile_));
    const SessionKey* ours = fast_keys_[stream].get();
    const SessionKey* theirs = oracle_keys_[stream].get();
    our_jobs.push_back(
        {ours, ours_.packets[i].data(), payloads_[i].data(), header_length, length, ssrc, index});
    their_jobs.push_back({theirs, theirs_.packets[i].data(), payloads_[i].data(), header_length,
                          length, ssrc, index});
    our_checks.push_back({ours, ours_.packets[i].data(), ours_.plains[i].data(), packet_length,
                          header_length, ssrc, index});
    their_checks.push_back({oracle_checks_[stream].get(), theirs_.packets[i].data(),
                            theirs_.plains[i].data(), packet_length, header_length, ssrc, index});
  }
  fast_.protect(our_jobs);
  oracle_.protect(their_jobs);
  fast_.unprotect(our_checks);
  oracle_.unprotect(their_checks);
  for (std::size_t i = 0; i < count; ++i) {
    const UnprotectJob& job = our_checks[i];
    const bool same =
        std::equal(job.packet, job.packet + job.length, theirs_.packets[i].data()) && job.ok &&
        their_checks[i].ok && job.payload_length == our_jobs[i].payload_length &&
        their_checks[i].payload_length == job.payload_length &&
        std::equal(job.payload, job.payload + job.payload_length, payloads_[i].data()) &&
        std::equal(job.payload, job.payload + job.payload_length, theirs_.plains[i].data());
    if (same) continue;
    std::printf("  RTP differs: ssrc %08x index %llu header %u payload %u\n", job.ssrc.value(),
                static_cast<unsigned long long>(job.index.value()), job.header_length,
                our_jobs[i].payload_length);
    return false;
  }
  return true;
}

bool CrossCheck::check_rtcp() {
  const std::size_t stream = random_() % stream_count;
  const Bytes plain = random_rtcp(random_, Ssrc(static_cast<uint32_t>(stream)), 200);
  std::array<uint8_t, rtcp_room> ours{}, theirs{};
  std::ranges::copy(plain, ours.begin());
  std::ranges::copy(plain, theirs.begin());
  const SessionKey* our_key = fast_keys_[stream].get();
  const SessionKey* their_key = oracle_keys_[stream].get();
  const SrtcpIndex index(rtcp_index_++);
  const std::size_t our_length =
      fast_.protect_rtcp(our_key, ours.data(), plain.size(), ours.size(), index);
  const std::size_t their_length =
      oracle_.protect_rtcp(their_key, theirs.data(), plain.size(), theirs.size(), index);
  bool same =
      our_length == their_length &&
      std::equal(ours.begin(), ours.begin() + static_cast<long>(our_length), theirs.begin());
  SrtcpIndex our_index, their_index;
  same = same &&
         fast_.unprotect_rtcp(our_key, ours.data(), our_length, &our_index) == plain.size() &&
         oracle_.unprotect_rtcp(oracle_checks_[stream].get(), theirs.data(), their_length,
                                &their_index) == plain.size() &&
         our_index == index && their_index == index &&
         std::ranges::equal(plain, std::span(ours).first(plain.size())) &&
         std::ranges::equal(plain, std::span(theirs).first(plain.size()));
  if (!same) std::printf("  RTCP differs: index %u length %zu\n", index.value(), plain.size());
  return same;
}

bool parse_number(std::string_view text, uint64_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

int run(std::span<char*> arguments) {
  uint64_t packet_count = 1'000'000;
  uint64_t seed = std::random_device{}();
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    uint64_t* target = name == "--packets" ? &packet_count : name == "--seed" ? &seed : nullptr;
    if (target == nullptr || i + 1 >= arguments.size() || !parse_number(arguments[i + 1], target)) {
      std::fprintf(stderr, "usage: cross_check [--packets N] [--seed S]\n");
      return 2;
    }
  }
  auto fast = Engine::create(EngineKind::multi_buffer);
  auto oracle = Engine::create(EngineKind::libsrtp);
  for (const auto* made : {&fast, &oracle}) {
    if (made->ok()) continue;
    std::fprintf(stderr, "%s\n", made->error().message.c_str());
    return 1;
  }
  std::printf("%.*s against %.*s, seed %llu\n", static_cast<int>((*fast)->description().size()),
              (*fast)->description().data(), static_cast<int>((*oracle)->description().size()),
              (*oracle)->description().data(), static_cast<unsigned long long>(seed));
  bool all_equal = true;
  for (const Profile profile : profiles) {
    const auto check = std::make_unique<CrossCheck>(**fast, **oracle, profile, seed);
    const bool equal = check->run(packet_count);
    std::printf("%-24s %llu packets: %s\n", name_of(profile).data(),
                static_cast<unsigned long long>(packet_count), equal ? "equal" : "DIFFERENT");
    all_equal = all_equal && equal;
  }
  return all_equal ? 0 : 1;
}

}  // namespace
}  // namespace sluice::srtp

int main(int argc, char** argv) {
  return sluice::srtp::run({argv, static_cast<std::size_t>(argc)});
}
