#include <cstdarg>
#include <cstdio>

#include "tools/loadgen/report.h"

namespace sluice::loadgen {
namespace {

// Appends one line.
[[gnu::format(printf, 2, 3)]] void line(std::string& out, const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  out += text;
  out += '\n';
}

void add_joins(std::string& out, const JoinReport& r) {
  line(out, "joins      %u of %u in %.1f s; latency p50 %.0f ms, p99 %.0f ms, max %.0f ms",
       r.joined, r.asked, r.took_s, r.p50_ms, r.p99_ms, r.max_ms);
  for (const auto& [why, count] : r.failures) line(out, "           %u: %s", count, why.c_str());
}

void add_sample(std::string& out, const SampleReport& r) {
  const Findings& f = r.findings;
  line(out,
       "sample     %u attendees, %lu packets decrypted, %lu bad (unauthentic %lu, repeated %lu, "
       "damaged %lu, misdelivered %lu, misnumbered %lu, RTCP %lu)",
       r.attendees, f.packets, f.bad(), f.unauthentic, f.repeated, f.damaged, f.misdelivered,
       f.misnumbered, f.rtcp_damaged);
  line(out, "           %lu foreign; %lu source switches skipped %lu; %lu missing at the end",
       f.foreign, f.source_switches, f.skipped, r.missing_at_end);
  line(out, "delay      p50 %.2f ms, p99 %.2f ms, max %.2f ms, from publisher to sample",
       r.delay_p50_ms, r.delay_p99_ms, r.delay_max_ms);
}

}  // namespace

std::string text_of(const Report& r) {
  std::string out;
  add_joins(out, r.joins);
  line(out,
       "published  %lu packets, %lu frames, %lu key frames for %lu requests, %ld lost on the way",
       r.publishers.packets, r.publishers.frames, r.publishers.key_frames,
       r.publishers.key_frames_asked, r.publishers.uplink_lost);
  line(out, "received   %lu packets, %lu lost (%.4g %%) in %lu gaps, %lu repeated, %lu unknown",
       r.attendees.packets, r.attendees.lost, loss_percent(r.attendees.lost, r.attendees.packets),
       r.attendees.gaps, r.attendees.repeated, r.attendees.unknown);
  line(out,
       "           per attendee: received %lu / %lu / %lu, lost %lu / %lu / %lu (min / median / "
       "max)",
       r.attendees.received_each.min, r.attendees.received_each.median,
       r.attendees.received_each.max, r.attendees.lost_each.min, r.attendees.lost_each.median,
       r.attendees.lost_each.max);
  line(out, "           %u of %u streams came; %.0f packets/s, %.2f Mbit/s during %.1f s",
       r.attendees.streams_expected - r.attendees.streams_missing, r.attendees.streams_expected,
       r.attendees.packets_per_s, r.attendees.mbps, r.call_s);
  add_sample(out, r.sample);
  line(out, "here       %lu packets not sent, %lu missed by the port, %lu stray", r.here.not_sent,
       r.here.not_received, r.here.stray);
  for (const std::string& finding : r.findings) line(out, "FINDING    %s", finding.c_str());
  if (r.is_interrupted) line(out, "interrupted before its time");
  if (r.findings.empty() && !r.is_interrupted) line(out, "all is well");
  return out;
}

}  // namespace sluice::loadgen
