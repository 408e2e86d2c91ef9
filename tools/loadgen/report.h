// What a run has shown, in numbers, and whether that is everything that was asked for.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/loadgen/crowd.h"

namespace sluice::loadgen {

// Least, middle and most of a value over all attendees.
struct Spread {
  uint64_t min = 0;
  uint64_t median = 0;
  uint64_t max = 0;
};

struct JoinReport {
  uint32_t asked = 0;
  uint32_t joined = 0;
  std::map<std::string, uint32_t> failures;  // why, and how often
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
  double took_s = 0;
};

// Per cent; 0 of nothing.
constexpr double loss_percent(uint64_t lost, uint64_t received) {
  const auto all = static_cast<double>(lost + received);
  return all == 0 ? 0 : 100 * static_cast<double>(lost) / all;
}

struct ReceiveReport {
  uint64_t packets = 0;
  uint64_t lost = 0;
  uint64_t gaps = 0;
  uint64_t repeated = 0;
  uint64_t unknown = 0;
  uint64_t plis = 0;
  uint32_t streams_expected = 0;
  uint32_t streams_missing = 0;
  Spread received_each, lost_each;
  double mbps = 0;  // of SRTP, all attendees, during the call
  double packets_per_s = 0;
};

struct SampleReport {
  uint32_t attendees = 0;
  Findings findings;
  uint64_t lost = 0;            // in gaps
  uint64_t missing_at_end = 0;  // last packets that were sent and never came
  double delay_p50_ms = 0, delay_p99_ms = 0, delay_max_ms = 0;

  // Of the sample it is known what should have come, also where the numbers show no gap.
  uint64_t not_come() const { return lost + findings.skipped + missing_at_end; }
};

struct HereReport {  // losses that are this program's or its port's own
  uint64_t not_sent = 0;
  uint64_t not_received = 0;
  uint64_t stray = 0;
};

struct Report {
  JoinReport joins;
  PublisherCount publishers;  // sum
  uint64_t publisher_rtcp_bad = 0;
  ReceiveReport attendees;
  SampleReport sample;
  HereReport here;
  double call_s = 0;
  bool is_interrupted = false;
  std::vector<std::string> findings;  // what was not as asked for; empty: all is well

  ExitCode exit_code() const {
    if (is_interrupted) return ExitCode::interrupted;
    return findings.empty() ? ExitCode::ok : ExitCode::finding;
  }
};

// After both threads have ended.
Report make_report(const Options& options, const Crowd& crowd, const MediaLoop& media,
                   const Port& port);

std::string text_of(const Report& report);
nlohmann::ordered_json json_of(const Report& report);

}  // namespace sluice::loadgen
