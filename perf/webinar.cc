// perf/webinar: one presenter, a large audience, one worker: the real worker on real tables and
// keys in virtual time (virtual_core.h), with all that the audience's browsers send. Finds the
// largest audience that one worker carries at 90 % load within the limits on delay, and says which
// limit it was; as a share of what the bare cipher alone would carry.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/assert.h"
#include "dataplane/attendee.h"
#include "perf/core_pin.h"
#include "perf/hugepages.h"
#include "perf/machine.h"
#include "perf/possible_audience.h"
#include "perf/suites.h"
#include "perf/webinar_run.h"

namespace sluice::perf {
namespace {

constexpr Limits limits;
constexpr double step = 0.03;         // of the audience: how exactly the largest one is found
constexpr std::size_t rtp_head = 24;  // with CSRC and descriptor

struct Options {
  uint32_t attendees = 50'000;
  bool fixed = false;  // this audience, no search
  WebinarSetup run;
  std::string suite, policy;
  uint32_t core = last_core();
  bool realtime = false;
};

const char* limit_of(const WebinarResult& r) {
  if (r.dropped != 0) return "drops";
  if (r.delta_last.p99_ms > limits.delta_ms) return "delta delay";
  if (r.key_last.p99_ms > limits.key_ms) return "key delay";
  if (r.time.load() > limits.load) return "load";
  return "";
}

void print_delay(std::FILE* out, const char* what, const DelaySummary& d) {
  if (d.count == 0) return;
  std::fprintf(out, "    %-30s %9zu  p50 %8.3f  p99 %8.3f  max %8.3f ms\n", what, d.count, d.p50_ms,
               d.p99_ms, d.max_ms);
}

// The stages that took a nanosecond of each packet or more, and per item of their own.
void print_stages(std::FILE* out, const WebinarResult& r) {
  std::fprintf(out, "    ns/packet:");
  for (std::size_t i = 0; i < r.stages.size(); ++i) {
    const StageShare& s = r.stages[i];
    if (s.ns_per_packet < 1) continue;
    std::fprintf(out, "  %s %.1f", shm::stage_infos[i].name.data(), s.ns_per_packet);
    if (s.items != 0 && s.items < r.sent)
      std::fprintf(out, " (%.0f each)",
                   s.ns_per_packet * static_cast<double>(r.sent) / static_cast<double>(s.items));
  }
  std::fprintf(out, "\n");
}

void print_run(std::FILE* out, const WebinarSetup& s, const WebinarResult& r) {
  std::fprintf(out,
               "  %6u attendees: load %.3f  %.1f ns/packet  %.2f packets/visit  %.0f feedback/s  "
               "sent %lu  verified %lu  bad %lu  dropped %lu%s%s%s  longest loop %.0f us  "
               "interrupted %lu, stopped %lu (%.1f ms at most) of %lu loops%s%s\n",
               s.attendees, r.time.load(), r.ns_per_packet, r.packets_per_visit, r.feedback_per_s,
               r.sent, r.verified, r.bad, r.dropped, r.drops.empty() ? "" : " (", r.drops.c_str(),
               r.drops.empty() ? "" : ")", static_cast<double>(r.time.longest) / ns_per_us,
               r.time.interrupted, r.time.stopped,
               static_cast<double>(r.time.stopped_longest) / ns_per_ms, r.time.loops,
               *limit_of(r) != 0 ? "  over: " : "", limit_of(r));
  print_stages(out, r);
  print_delay(out, "delta frames, first receiver", r.delta_first);
  print_delay(out, "delta frames, last receiver", r.delta_last);
  print_delay(out, "key frames, first receiver", r.key_first);
  print_delay(out, "key frames, last receiver", r.key_last);
  print_delay(out, "audio, first receiver", r.audio_first);
  print_delay(out, "audio, last receiver", r.audio_last);
  print_delay(out, "meeting beside, audio", r.meeting_audio);
  print_delay(out, "meeting beside, video", r.meeting_video);
  std::fflush(out);
}

struct Found {
  WebinarSetup setup;
  WebinarResult result;
  const char* limit = "";
};

// The largest audience within the limits: by the load of a first run, then halving.
Found search(std::FILE* out, WebinarSetup s, uint32_t attendees_max, CipherMix& cipher) {
  const auto run = [&](uint32_t n) {
    s.attendees = n;
    const WebinarResult r = run_webinar(s, cipher);
    print_run(out, s, r);
    return r;
  };
  Found best;
  uint32_t good = 0, over = attendees_max + 1;
  uint32_t next = std::min(attendees_max, attendees_max / 3);
  while (next != 0) {
    const WebinarResult r = run(next);
    const char* limit = limit_of(r);
    if (*limit == 0) {
      good = next;
      best.setup = s;
      best.result = r;
    } else {
      over = next;
      best.limit = limit;
    }
    if (good == attendees_max || over - good <= static_cast<uint32_t>(step * over)) break;
    // Load grows a little slower than the audience: the next guess lies just below the limit.
    const auto by_load =
        static_cast<uint32_t>(next * (limits.load - 0.005) / std::max(0.01, r.time.load()));
    const uint32_t middle = good + (over - good) / 2;
    const bool plausible = by_load > good + good / 50 && by_load < over - over / 50;
    next = plausible && (std::string(limit).empty() || std::string(limit) == "load")
               ? std::min(by_load, attendees_max)
               : std::min(middle, attendees_max);
  }
  return best;
}

nlohmann::json delays(const DelaySummary& d) {
  return {{"count", d.count}, {"p50_ms", d.p50_ms}, {"p99_ms", d.p99_ms}, {"max_ms", d.max_ms}};
}

nlohmann::json record_of(const WebinarSetup& s, const WebinarResult& r, const char* suite,
                         const char* policy, std::size_t bytes, const char* limit,
                         double per_attendee_us, double possible) {
  const double ideal = 1e6 / per_attendee_us;
  const double packets_per_attendee =
      static_cast<double>(r.sent) / s.attendees / std::max(1e-9, s.seconds);
  return {{"bench", "webinar"},
          {"receivers", s.attendees},
          {"size", r.bits_per_packet / 8},
          {"suite", suite},
          {"policy", policy},
          {"packets_per_visit", r.packets_per_visit},
          {"ns_per_packet", r.ns_per_packet},
          {"gbps", r.bits_per_packet / r.ns_per_packet},
          {"ratio_to_cipher", r.cipher_us * 1e3 / packets_per_attendee / r.ns_per_packet},
          {"sent", r.sent},
          {"verified", r.verified},
          {"bad", r.bad},
          {"dropped", r.dropped},
          {"drops", r.drops},
          {"load", r.time.load()},
          {"limit", limit},
          {"cipher_us_per_attendee_second", per_attendee_us},
          {"share_of_ideal", s.attendees / ideal},
          {"share_possible", possible / ideal},
          {"workers_for_50000", std::ceil(50'000.0 / s.attendees)},
          {"bytes_per_attendee", bytes},
          {"feedback_per_s", r.feedback_per_s},
          {"key_ratio", s.video.key_ratio},
          {"key_interval_s", s.video.key_interval_s},
          {"temporal", s.video.temporal},
          {"pacer_burst_ms", s.video.pacer_burst_ms},
          {"loop_ns_max", r.time.longest},
          {"loops", r.time.loops},
          {"interruptions", r.time.interrupted},
          {"loops_stopped", r.time.stopped},
          {"loop_stopped_ns_max", r.time.stopped_longest},
          {"delta_first", delays(r.delta_first)},
          {"delta_last", delays(r.delta_last)},
          {"key_first", delays(r.key_first)},
          {"key_last", delays(r.key_last)},
          {"audio_first", delays(r.audio_first)},
          {"audio_last", delays(r.audio_last)},
          {"meeting_audio", delays(r.meeting_audio)},
          {"meeting_video", delays(r.meeting_video)},
          {"machine", machine()},
          {"version", SLUICE_VERSION}};
}

int run(int argc, char** argv) {
  CLI::App app("The largest webinar of one worker, in virtual time");
  Options o;
  std::string json;
  const std::map<std::string, FeedbackPolicy> policies{
      {"none", FeedbackPolicy::none},
      {"reports", FeedbackPolicy::reports},
      {"transport_wide", FeedbackPolicy::transport_wide}};
  std::vector<double> temporal;
  app.add_option("--attendees", o.attendees, "largest audience tried")
      ->check(CLI::Range(4, 60'000));
  app.add_flag("--fixed", o.fixed, "measure this audience, search none");
  app.add_option("--suite", o.suite, "aes128gcm, aes256gcm or aescm (all)")
      ->check(CLI::IsMember(suites));
  app.add_option("--policy", o.policy, "reports, transport_wide (both); none leaves only consent")
      ->check(CLI::IsMember(policies));
  app.add_option("--seconds", o.run.seconds, "virtual seconds of a run")->check(CLI::Range(1, 600));
  app.add_flag("--with-meeting", o.run.beside, "a meeting of four on the same worker");
  app.add_option("--key-ratio", o.run.video.key_ratio, "bytes of a key frame over a delta frame's");
  app.add_option("--key-interval", o.run.video.key_interval_s, "seconds between key frames");
  app.add_option("--temporal", temporal, "relative sizes of pictures of T0, T1 and T2")
      ->expected(3);
  app.add_option("--pacer-burst", o.run.video.pacer_burst_ms,
                 "milliseconds at pacing rate that come at once (0: whole frames)");
  app.add_option("--core", o.core, "where it runs");
  app.add_flag("--realtime", o.realtime, "go before every other process on that core");
  app.add_option("--json", json, "write records to this file, - for standard output");
  CLI11_PARSE(app, argc, argv);
  std::copy(temporal.begin(), temporal.end(), o.run.video.temporal.begin());
  const Hugepages pages(Audience::rig_setup({}).memory_mib);
  nlohmann::json records = nlohmann::json::array();
  std::FILE* out = json == "-" ? stderr : stdout;
  o.run.attendees = o.attendees;
  const auto engine = srtp::Engine::create(srtp::EngineKind::multi_buffer);
  SLUICE_ASSERT(engine.ok());
  const dataplane::AttendeeCost cost = dataplane::attendee_cost((*engine)->key_size());
  rig::start_eal_once(Audience::rig_setup({}));  // which pins by itself
  if (!pin_to_core(o.core) || (o.realtime && !go_first())) return 1;
  std::fprintf(out, "%s\n", dataplane::describe(cost).c_str());
  bool failed = false;
  for (const auto& [suite, profile] : suites) {
    if (!o.suite.empty() && o.suite != suite) continue;
    o.run.profile = profile;
    CipherMix cipher(profile, rtp_head, Audience::buffers);
    for (const auto& [name, policy] : policies) {
      if (o.policy.empty() ? policy == FeedbackPolicy::none : o.policy != name) continue;
      o.run.policy = policy;
      std::fprintf(out, "%s, %s:\n", suite.c_str(), name.c_str());
      Found f;
      if (o.fixed) {
        f = {o.run, run_webinar(o.run, cipher), ""};
        f.limit = limit_of(f.result);
        print_run(out, f.setup, f.result);
      } else {
        f = search(out, o.run, o.attendees, cipher);
      }
      const WebinarResult& r = f.result;
      if (f.setup.attendees == 0 || r.sent == 0) {
        std::fprintf(out, "  no audience within the limits: %s\n", f.limit);
        failed = true;
        continue;
      }
      const double per_attendee_us = cipher_us(f.setup.video, cipher);
      const double ideal = 1e6 / per_attendee_us;
      const double possible = possible_audience(f.setup.video, cipher, limits);
      std::fprintf(out,
                   "  largest: %u attendees, limited by %s; the bare cipher takes %.1f us per "
                   "attendee and second: share of ideal %.3f (the limits leave the cipher alone "
                   "%.3f); 50,000 take %.0f "
                   "workers\n",
                   f.setup.attendees, *f.limit != 0 ? f.limit : "nothing", per_attendee_us,
                   f.setup.attendees / ideal, possible / ideal,
                   std::ceil(50'000.0 / f.setup.attendees));
      records.push_back(record_of(f.setup, r, suite.c_str(), name.c_str(), cost.sum(), f.limit,
                                  per_attendee_us, possible));
      failed |= r.bad != 0 || r.dropped != 0;
    }
  }
  if (!write_records(json, records)) return 1;
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace sluice::perf

int main(int argc, char** argv) {
  return sluice::perf::run(argc, argv);
}
