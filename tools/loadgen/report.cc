#include "tools/loadgen/report.h"

#include <algorithm>
#include <cstdio>

namespace sluice::loadgen {
namespace {

JoinReport joins_of(const Crowd& crowd) {
  JoinReport r;
  Histogram times;
  for (const auto& p : crowd.participants()) {
    ++r.asked;
    const bool failed = p->state() == Participant::State::failed;
    if (failed) ++r.failures[p->failure()];
    if (failed || !p->has_joined()) continue;
    ++r.joined;
    times.add(p->join_time());
  }
  r.p50_ms = times.quantile_ms(0.5);
  r.p99_ms = times.quantile_ms(0.99);
  r.max_ms = times.max_ms();
  r.took_s = static_cast<double>(crowd.joins_took()) / 1e9;
  return r;
}

PublisherCount publishers_of(const MediaLoop& media) {
  PublisherCount sum;
  for (const auto& e : media.endpoints()) {
    if (!e || !e->publisher) continue;
    const PublisherCount& c = e->publisher->count();
    sum.packets += c.packets;
    sum.bytes += c.bytes;
    sum.frames += c.frames;
    sum.key_frames += c.key_frames;
    sum.key_frames_asked += c.key_frames_asked;
    sum.uplink_lost += c.uplink_lost;
  }
  return sum;
}

Spread spread_of(std::vector<uint64_t> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

uint32_t joined_publishers(const Crowd& crowd) {
  return static_cast<uint32_t>(std::ranges::count_if(crowd.participants(), [](const auto& p) {
    return p->is_publisher() && p->has_joined() && p->state() != Participant::State::failed;
  }));
}

ReceiveReport attendees_of(const Crowd& crowd, const MediaLoop& media) {
  ReceiveReport r;
  std::vector<uint64_t> received, lost;
  const uint32_t each = 2 * joined_publishers(crowd);
  for (const auto& e : media.endpoints()) {
    if (!e || !e->attendee) continue;
    const Attendee& a = *e->attendee;
    uint64_t lost_here = 0;
    for (const ReceivedStream& s : a.streams()) {
      lost_here += s.lost();
      r.gaps += s.gaps();
      r.repeated += s.repeated();
    }
    r.packets += a.count().packets;
    r.lost += lost_here;
    r.unknown += a.count().unknown;
    r.plis += a.count().plis;
    r.streams_expected += each;
    const auto streams = static_cast<uint32_t>(a.streams().size());
    r.streams_missing += each - std::min(each, streams);
    received.push_back(a.count().packets);
    lost.push_back(lost_here);
  }
  r.received_each = spread_of(std::move(received));
  r.lost_each = spread_of(std::move(lost));
  const MediaTotals& from = crowd.at_hold();
  const MediaTotals& to = crowd.at_stop();
  if (to.at > from.at) {
    const auto passed = static_cast<double>(to.at - from.at) / 1e9;
    r.mbps = static_cast<double>(to.received_bytes - from.received_bytes) * 8 / 1e6 / passed;
    r.packets_per_s = static_cast<double>(to.received - from.received) / passed;
  }
  return r;
}

// Of each publisher, what this attendee should still have got when the media stopped.
uint64_t missing_at_end(const Inspector& inspector, const MediaLoop& media) {
  uint64_t missing = 0;
  for (std::size_t i = 0; i < media.endpoints().size(); ++i) {
    const auto& e = media.endpoints()[i];
    if (!e || !e->publisher) continue;
    const auto number = static_cast<uint16_t>(i);
    const uint64_t audio = inspector.highest(number, MediaKind::audio);
    const uint64_t video = inspector.highest(number, MediaKind::video);
    // A stream that never came is missing as a stream.
    if (audio != 0) missing += e->publisher->audio_sent() - audio;
    if (video != 0) missing += e->publisher->video_sent() - video;
  }
  return missing;
}

SampleReport sample_of(const MediaLoop& media) {
  SampleReport r;
  Histogram delays;
  for (const auto& e : media.endpoints()) {
    if (!e || !e->attendee || !e->attendee->inspector()) continue;
    const Inspector& i = *e->attendee->inspector();
    ++r.attendees;
    r.findings += i.findings();
    for (const ReceivedStream& s : e->attendee->streams()) r.lost += s.lost();
    r.missing_at_end += missing_at_end(i, media);
    delays += i.delays();
  }
  r.delay_p50_ms = delays.quantile_ms(0.5);
  r.delay_p99_ms = delays.quantile_ms(0.99);
  r.delay_max_ms = delays.max_ms();
  return r;
}

std::string percent(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g %%", value);
  return text;
}

std::vector<std::string> findings_of(const Report& r, double loss_max_percent) {
  std::vector<std::string> out;
  if (r.joins.joined != r.joins.asked) {
    out.push_back(std::to_string(r.joins.asked - r.joins.joined) + " of " +
                  std::to_string(r.joins.asked) + " participants did not join or did not stay");
  }
  if (r.attendees.streams_missing != 0) {
    out.push_back(std::to_string(r.attendees.streams_missing) + " of " +
                  std::to_string(r.attendees.streams_expected) + " streams never came");
  }
  if (r.sample.findings.bad() != 0 || r.publisher_rtcp_bad != 0) {
    out.push_back(std::to_string(r.sample.findings.bad() + r.publisher_rtcp_bad) +
                  " packets were bad");
  }
  const double loss = loss_percent(r.attendees.lost, r.attendees.packets);
  if (loss > loss_max_percent) {
    out.push_back(percent(loss) + " of the packets were lost, at most " +
                  percent(loss_max_percent) + " allowed");
  }
  const double in_all = loss_percent(r.sample.not_come(), r.sample.findings.packets);
  if (r.sample.not_come() != r.sample.lost && in_all > loss_max_percent) {
    out.push_back(percent(in_all) +
                  " of the sample's packets did not come: " + std::to_string(r.sample.lost) +
                  " lost, " + std::to_string(r.sample.findings.skipped) + " skipped, " +
                  std::to_string(r.sample.missing_at_end) + " at the end");
  }
  return out;
}

}  // namespace

Report make_report(const Options& options, const Crowd& crowd, const MediaLoop& media,
                   const Port& port) {
  Report r;
  r.joins = joins_of(crowd);
  r.publishers = publishers_of(media);
  r.publisher_rtcp_bad = media.rtcp_bad();
  r.attendees = attendees_of(crowd, media);
  r.sample = sample_of(media);
  r.here = {media.outbox().dropped(), port.missed(), media.stray()};
  r.call_s = static_cast<double>(crowd.at_stop().at - crowd.at_hold().at) / 1e9;
  r.is_interrupted = crowd.is_interrupted();
  r.findings = findings_of(r, options.loss_max_percent);
  return r;
}

}  // namespace sluice::loadgen
