#include <nlohmann/json.hpp>

#include "tools/loadgen/report.h"

namespace sluice::loadgen {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Spread& s) {
  return {{"min", s.min}, {"median", s.median}, {"max", s.max}};
}

Json json_of(const JoinReport& r) {
  Json failures = Json::object();
  for (const auto& [why, count] : r.failures) failures[why] = count;
  return {{"asked", r.asked},
          {"joined", r.joined},
          {"failed", r.asked - r.joined},
          {"failures", std::move(failures)},
          {"latency_ms", {{"p50", r.p50_ms}, {"p99", r.p99_ms}, {"max", r.max_ms}}},
          {"took_s", r.took_s}};
}

Json json_of(const PublisherCount& r, uint64_t rtcp_bad) {
  return {{"packets", r.packets},
          {"bytes", r.bytes},
          {"frames", r.frames},
          {"key_frames", r.key_frames},
          {"key_frames_asked", r.key_frames_asked},
          {"uplink_lost", r.uplink_lost},
          {"rtcp_bad", rtcp_bad}};
}

Json json_of(const ReceiveReport& r) {
  return {{"packets", r.packets},
          {"lost", r.lost},
          {"loss_percent", loss_percent(r.lost, r.packets)},
          {"gaps", r.gaps},
          {"repeated", r.repeated},
          {"unknown", r.unknown},
          {"plis", r.plis},
          {"streams_expected", r.streams_expected},
          {"streams_missing", r.streams_missing},
          {"received_each", json_of(r.received_each)},
          {"lost_each", json_of(r.lost_each)},
          {"packets_per_s", r.packets_per_s},
          {"mbps", r.mbps}};
}

Json json_of(const SampleReport& r) {
  const Findings& f = r.findings;
  return {
      {"attendees", r.attendees},
      {"packets", f.packets},
      {"bad", f.bad()},
      {"unauthentic", f.unauthentic},
      {"repeated", f.repeated},
      {"damaged", f.damaged},
      {"misdelivered", f.misdelivered},
      {"misnumbered", f.misnumbered},
      {"rtcp_damaged", f.rtcp_damaged},
      {"foreign", f.foreign},
      {"source_switches", f.source_switches},
      {"missing_at_end", r.missing_at_end},
      {"delay_ms", {{"p50", r.delay_p50_ms}, {"p99", r.delay_p99_ms}, {"max", r.delay_max_ms}}}};
}

}  // namespace

Json json_of(const Report& r) {
  return {{"version", SLUICE_VERSION},
          {"ok", r.exit_code() == ExitCode::ok},
          {"exit_code", static_cast<int>(r.exit_code())},
          {"findings", r.findings},
          {"interrupted", r.is_interrupted},
          {"call_s", r.call_s},
          {"joins", json_of(r.joins)},
          {"publishers", json_of(r.publishers, r.publisher_rtcp_bad)},
          {"attendees", json_of(r.attendees)},
          {"sample", json_of(r.sample)},
          {"here",
           {{"not_sent", r.here.not_sent},
            {"not_received", r.here.not_received},
            {"stray", r.here.stray}}}};
}

}  // namespace sluice::loadgen
