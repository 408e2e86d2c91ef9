// perf/meetings: a thousand meetings of ten on one worker, three encodings each at mixed caps: no
// two packets in a row have anything in common. Its nanoseconds per packet beside those of one
// track with as many receivers as the node has people, times the other nine, at most 50,000, fed
// with the same sizes; and beside the bare cipher; all of it in one process, in blocks that
// alternate.
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "common/wire/demux.h"
#include "common/wire/rtp.h"
#include "perf/audience.h"
#include "perf/cipher_mix.h"
#include "perf/core_pin.h"
#include "perf/held_frames.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/median.h"
#include "perf/meeting_hall.h"
#include "perf/suites.h"
#include "perf/virtual_core.h"

namespace sluice::perf {
namespace {

using shm::Counter;

constexpr std::size_t frame_headers = 14 + 20 + 8;  // Ethernet, IPv4, UDP
constexpr uint64_t sample_every = 997;
constexpr TimeNs block_ns = 10 * ns_per_ms;
constexpr uint32_t pictures_of_eight = 3;  // 30 pictures to 50 audio packets
constexpr uint32_t events_at_once = 12;    // their packets fit one burst
constexpr uint32_t audience_max = 50'000;

struct Block {
  double ns_per_packet = 0;
  double ratio = 0;  // the cipher's time for these packets over it
};

struct Totals {
  uint64_t sent = 0, verified = 0, bad = 0, dropped = 0, visits = 0;
  uint64_t received = 0;
  TimeNs busy = 0;
  double bytes = 0;
  std::vector<double> ns, ratios;
};

class Bench {
 public:
  explicit Bench(const HallSetup& setup);
  void open();
  void meetings_block(Totals& t);
  void track_block(Totals& t);
  uint32_t receivers() const { return static_cast<uint32_t>(audience_.receivers().size()); }

 private:
  static rig::RigSetup node_of(const HallSetup& setup);
  static AudienceSetup audience_of(const HallSetup& setup);
  template <class Feed>
  void block(Totals& t, Feed feed);
  void serve();
  void collect();
  void note(const rte_mbuf* m);

  HallSetup setup_;
  rig::NodeRig rig_;
  CipherMix cipher_;
  VirtualCore core_;
  Audience audience_;
  MeetingHall hall_;
  std::mt19937 random_;
  HeldFrames held_;
  std::vector<uint64_t> sizes_;  // payloads that left in this block
  uint64_t seen_ = 0, verified_ = 0, bad_ = 0;
  uint32_t turn_ = 0;
};

AudienceSetup Bench::audience_of(const HallSetup& setup) {
  AudienceSetup a;
  a.profile = setup.profile;
  a.receivers = std::min(audience_max, setup.meetings * setup.people * (setup.people - 1));
  a.tracks = {{Codec::vp8, 1}};
  a.sample_every = sample_every;
  return a;
}

rig::RigSetup Bench::node_of(const HallSetup& setup) {
  rig::RigSetup s = Audience::rig_setup(audience_of(setup));
  MeetingHall::add_capacities(setup, s.capacities);
  s.logs = {.video_packets = 128,
            .video_bytes = 128U << 10,
            .audio_packets = 32,
            .audio_bytes = 8U << 10};
  return s;
}

Bench::Bench(const HallSetup& setup)
    : setup_(setup),
      rig_(node_of(setup)),
      cipher_(setup.profile, Audience::rtp_head, Audience::buffers),
      core_(rig_, LongLoop::was_stopped),
      audience_(rig_, audience_of(setup)),
      hall_(rig_, setup),
      random_(1),
      sizes_(2'048) {}

void Bench::open() {
  audience_.open();
  audience_.check().reset();
  for (uint32_t i = 0; i < hall_.persons(); ++i) {
    hall_.send_picture(i, true);
    hall_.send_audio(i);
    if (i % 8 == 7 || i + 1 == hall_.persons()) serve();
  }
  seen_ = verified_ = bad_ = 0;
}

void Bench::serve() {
  do {
    core_.step();
    collect();
  } while (!rig_.core().fan_out.idle());
}

void Bench::collect() {
  held_.take(rig_.output(), [&](const rte_mbuf* m) { note(m); });
}

void Bench::note(const rte_mbuf* m) {
  if (m->data_len <= frame_headers + Audience::rtp_head) return;
  const wire::ByteView payload(rte_pktmbuf_mtod(m, const uint8_t*) + frame_headers,
                               m->data_len - frame_headers);
  if (wire::demux(payload) != wire::Protocol::srtp) return;
  const std::size_t size = payload.size() - Audience::rtp_head - srtp::rtp_overhead(setup_.profile);
  ++sizes_[std::min(size, sizes_.size() - 1)];
  if (wire::load_be32(payload.data() + wire::rtp_offset_ssrc) < MeetingHall::ssrc_base) {
    audience_.check().look(m);
  } else if (++seen_ % sample_every == 0) {
    hall_.right(payload) ? ++verified_ : ++bad_;
  }
}

template <class Feed>
void Bench::block(Totals& t, Feed feed) {
  const shm::Counters before = rig_.counters(0);
  const uint64_t verified = verified_ + audience_.check().counts().verified;
  const uint64_t bad = bad_ + audience_.check().counts().bad;
  std::ranges::fill(sizes_, 0);
  cipher_.measure();
  core_.set_speed(cipher_.speed());
  core_.reset_usage();
  while (core_.usage().busy < block_ns) {
    feed();
    serve();
  }
  const shm::Counters& after = rig_.counters(0);
  const auto grown = [&](Counter c) { return after[c] - before[c]; };
  const uint64_t sent = grown(Counter::sent_media);
  t.sent += sent;
  t.visits += grown(Counter::visits);
  t.received += grown(Counter::media_in);
  t.bytes += static_cast<double>(grown(Counter::tx_bytes));
  t.busy += core_.usage().busy;
  t.verified += verified_ + audience_.check().counts().verified - verified;
  t.bad += bad_ + audience_.check().counts().bad - bad;
  // What another encoding's receivers take is no loss.
  t.dropped += after.sum(shm::CounterGroup::egress_drop) - grown(Counter::egress_layer) -
               before.sum(shm::CounterGroup::egress_drop) +
               after.sum(shm::CounterGroup::ingress_drop) -
               before.sum(shm::CounterGroup::ingress_drop);
  const auto busy = static_cast<double>(core_.usage().busy);
  t.ns.push_back(busy / static_cast<double>(sent));
  t.ratios.push_back(cipher_.mix_ns(sizes_) / busy);
}

void Bench::meetings_block(Totals& t) {
  block(t, [&] {
    for (uint32_t i = 0; i < events_at_once; ++i) {
      const auto person = static_cast<uint32_t>(random_() % hall_.persons());
      random_() % 8 < pictures_of_eight ? hall_.send_picture(person, false)
                                        : hall_.send_audio(person);
    }
  });
}

// Sizes and packets a visit as in the meetings.
void Bench::track_block(Totals& t) {
  block(t, [&] {
    const uint32_t kind = turn_++ % 8;
    const uint32_t e = kind % MeetingHall::encodings;
    const auto head =
        static_cast<uint32_t>(Audience::rtp_head + srtp::rtp_overhead(setup_.profile));
    if (kind < MeetingHall::encodings) {
      audience_.feed(0, MeetingHall::packets[e], MeetingHall::sizes[e] + head);
    } else {
      audience_.feed(0, 1, MeetingHall::audio_size + head);
    }
  });
}

nlohmann::json record_of(const char* bench, uint32_t receivers, const std::string& suite,
                         const Totals& t, double ratio_to_track) {
  const double ns = median(t.ns);
  const double size = t.bytes / static_cast<double>(t.sent);
  return {{"bench", bench},
          {"receivers", receivers},
          {"size", size},
          {"suite", suite},
          {"packets_per_visit", static_cast<double>(t.sent) / static_cast<double>(t.visits)},
          {"packets_per_received", static_cast<double>(t.sent) / static_cast<double>(t.received)},
          {"ns_per_packet", ns},
          {"gbps", (size + 24) * 8 / ns},
          {"ratio_to_cipher", median(t.ratios)},
          {"ratio_to_one_track", ratio_to_track},
          {"sent", t.sent},
          {"verified", t.verified},
          {"bad", t.bad},
          {"dropped", t.dropped},
          {"machine", machine()},
          {"version", SLUICE_VERSION}};
}

int run(int argc, char** argv) {
  CLI::App app("Many small meetings on one worker, beside one large audience");
  HallSetup setup;
  std::string suite, json;
  double seconds = 4;
  uint32_t core = last_core();
  bool realtime = false;
  app.add_option("--meetings", setup.meetings)->check(CLI::Range(1, 2'000))->capture_default_str();
  app.add_option("--people", setup.people, "of a meeting")
      ->check(CLI::Range(2, 20))
      ->capture_default_str();
  app.add_option("--suite", suite, "aes128gcm, aes256gcm or aescm (all)")
      ->check(CLI::IsMember(suites));
  app.add_option("--seconds", seconds, "of the worker's time, half of it for each")
      ->check(CLI::Range(0.1, 20.0))
      ->capture_default_str();
  app.add_option("--core", core, "where it runs");
  app.add_flag("--realtime", realtime, "go before every other process on that core");
  app.add_option("--json", json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  const Hugepages pages(Audience::rig_setup({}).memory_mib);
  nlohmann::json records = nlohmann::json::array();
  std::FILE* out = json == "-" ? stderr : stdout;
  std::fprintf(out, "%-10s %-10s %9s %10s %8s %8s %10s %9s %4s %8s\n", "suite", "what", "receivers",
               "ns/packet", "/cipher", "a visit", "sent", "verified", "bad", "dropped");
  uint64_t failures = 0;
  for (const auto& [name, profile] : suites) {
    if (!suite.empty() && suite != name) continue;
    setup.profile = profile;
    Bench bench(setup);
    if (!pin_to_core(core) || (realtime && !go_first())) return 1;
    bench.open();
    Totals meetings, track;
    while (static_cast<double>(meetings.busy + track.busy) < seconds * ns_per_s) {
      bench.meetings_block(meetings);
      bench.track_block(track);
    }
    std::vector<double> beside;
    for (std::size_t i = 0; i < track.ns.size(); ++i)
      beside.push_back(meetings.ns[i] / track.ns[i]);
    const uint32_t streams = setup.meetings * setup.people * (setup.people - 1) * 2;
    records.push_back(record_of("meetings", streams, name, meetings, median(beside)));
    records.push_back(record_of("meetings_one_track", bench.receivers(), name, track, 1));
    for (const auto& r : {records[records.size() - 2], records[records.size() - 1]}) {
      std::fprintf(out, "%-10s %-10s %9u %10.1f %8.3f %8.2f %10lu %9lu %4lu %8lu\n", name.c_str(),
                   r["bench"] == "meetings" ? "meetings" : "one track",
                   r["receivers"].get<uint32_t>(), r["ns_per_packet"].get<double>(),
                   r["ratio_to_cipher"].get<double>(), r["packets_per_visit"].get<double>(),
                   r["sent"].get<uint64_t>(), r["verified"].get<uint64_t>(),
                   r["bad"].get<uint64_t>(), r["dropped"].get<uint64_t>());
      failures += r["bad"].get<uint64_t>() + r["dropped"].get<uint64_t>();
    }
    std::fprintf(
        out, "%-10s a meeting's packet takes %.2f of one track's; %.1f leave per packet received\n",
        name.c_str(), median(beside),
        static_cast<double>(meetings.sent) / static_cast<double>(meetings.received));
    std::fflush(out);
  }
  if (!write_records(json, records)) return 1;
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  return sluice::perf::run(argc, argv);
}
