#include "perf/webinar_run.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "common/wire/demux.h"
#include "common/wire/rtp.h"
#include "dataplane/packet.h"
#include "perf/held_frames.h"
#include "perf/median.h"

namespace sluice::perf {
namespace {

using shm::Counter;

constexpr uint64_t rx_descriptors = 1'024;
constexpr double yardstick_interval_s = 0.2;        // its ring pushes the worker out of the caches
constexpr std::size_t frame_headers = 14 + 20 + 8;  // Ethernet, IPv4, UDP

// One publisher with those who watch.
struct Party {
  Party(rig::NodeRig& rig, const AudienceSetup& setup, bool keep_each)
      : audience(rig, setup),
        video(setup.receivers, 1, keep_each),
        audio(setup.receivers, 1, keep_each) {}
  void start(const VideoShape& shape, FeedbackPolicy policy, TimeNs at) {
    presenter = std::make_unique<Presenter>(audience, shape, at, video, audio);
    feedback = std::make_unique<AttendeeFeedback>(audience, policy, at, video, audio);
  }
  TimeNs next_at() const { return std::min(presenter->next_at(), feedback->next_at()); }

  Audience audience;
  PictureDelays video, audio;
  std::unique_ptr<Presenter> presenter;
  std::unique_ptr<AttendeeFeedback> feedback;
};

class WebinarRun {
 public:
  WebinarRun(const WebinarSetup& setup, CipherMix& cipher);
  WebinarResult run();

 private:
  void send_due(TimeNs now);
  void loop();
  void collect();
  void note(const rte_mbuf* m);
  WebinarResult summarize(const CoreUsage& time, const shm::Counters& before);
  void add_delays(WebinarResult& r) const;

  WebinarSetup setup_;
  CipherMix& cipher_;
  rig::NodeRig rig_;
  VirtualCore core_;
  std::vector<std::unique_ptr<Party>> parties_;  // the webinar, then the people of the meeting
  HeldFrames held_;
  uint64_t pushed_ = 0, lost_in_ = 0, feedback_ = 0;
  uint64_t yardstick_at_ = 0;
};

rig::RigSetup node_of(const WebinarSetup& setup) {
  rig::RigSetup s = Audience::rig_setup(webinar_audience(setup));
  s.capacities.endpoints += 64;
  s.capacities.streams += 64;
  s.capacities.subscriptions += 64;
  s.capacities.tracks += 2 * meeting_people;
  return s;
}

WebinarRun::WebinarRun(const WebinarSetup& setup, CipherMix& cipher)
    : setup_(setup), cipher_(cipher), rig_(node_of(setup)), core_(rig_, LongLoop::was_stopped) {
  parties_.push_back(std::make_unique<Party>(rig_, webinar_audience(setup), false));
  for (uint8_t i = 1; setup.beside && i <= meeting_people; ++i) {
    WebinarSetup person = setup;
    person.attendees = meeting_people - 1;
    AudienceSetup a = webinar_audience(person);
    a.number = i;
    a.sample_every = 97;
    parties_.push_back(std::make_unique<Party>(rig_, a, true));
  }
  for (const auto& p : parties_) p->audience.open();
  for (const auto& p : parties_) p->audience.check().reset();
  const TimeNs begin = rig_.now() + 10 * ns_per_ms;
  parties_[0]->start(setup.video, setup.policy, begin);
  VideoShape camera = setup.video;
  camera.bits_per_s = 600'000;
  camera.spatial = {1};
  // The meeting is under way while the webinar's key frame is served.
  for (std::size_t i = 1; i < parties_.size(); ++i)
    parties_[i]->start(camera, setup.policy, begin + static_cast<TimeNs>(i) * 9 * ns_per_ms);
  core_.idle_until(begin);
}

void WebinarRun::send_due(TimeNs now) {
  const shm::Counters& counters = rig_.counters(0);
  const uint64_t waiting = pushed_ - counters[Counter::rx_packets];
  uint64_t room = waiting < rx_descriptors ? rx_descriptors - waiting : 0;
  for (const auto& p : parties_) {
    const uint32_t media = p->presenter->send_due(now);
    lost_in_ += media > room ? media - room : 0;
    room -= std::min<uint64_t>(room, media);
    const uint32_t due = p->feedback->send_due(now, static_cast<uint32_t>(room));
    room -= std::min<uint64_t>(room, due);
    pushed_ += media + due;
    feedback_ += due;
  }
}

void WebinarRun::loop() {
  const uint64_t received = rig_.counters(0)[Counter::rx_packets];
  const bool busy = core_.step();
  const uint64_t after = rig_.counters(0)[Counter::rx_packets];
  if (after - received < dataplane::burst_max) pushed_ = after;  // it took all there was
  collect();
  const uint64_t tsc = rte_rdtsc();
  if (static_cast<double>(tsc - yardstick_at_) >
      yardstick_interval_s * static_cast<double>(rte_get_tsc_hz())) {
    cipher_.measure();
    yardstick_at_ = rte_rdtsc();
  }
  core_.set_speed(cipher_.speed());
  if (busy) return;
  TimeNs next = core_.now() + ns_per_ms;
  for (const auto& p : parties_) next = std::min(next, p->next_at());
  core_.idle_until(next);
}

void WebinarRun::collect() {
  held_.take(rig_.output(), [&](const rte_mbuf* m) { note(m); });
}

void WebinarRun::note(const rte_mbuf* m) {
  if (m->data_len <= frame_headers + 12) return;
  const uint8_t* frame = rte_pktmbuf_mtod(m, const uint8_t*);
  const wire::ByteView payload(frame + frame_headers, m->data_len - frame_headers);
  if (wire::demux(payload) != wire::Protocol::srtp) return;
  // Audience::stream_ssrc(), read back.
  const uint32_t ssrc = wire::load_be32(payload.data() + wire::rtp_offset_ssrc);
  const uint32_t number = ssrc / 0x100'0000U;
  const uint32_t stream = ssrc % 0x100'0000U - 0x10000U;
  if (number >= parties_.size()) return;
  Party& p = *parties_[number];
  const uint16_t seq = wire::load_be16(payload.data() + wire::rtp_offset_seq);
  const auto at = static_cast<uint16_t>(seq - p.audience.initial_seq(stream / 2));
  (stream % 2 == 0 ? p.video : p.audio).on_left(at, core_.now());
  p.audience.check().look(m);
}

WebinarResult WebinarRun::run() {
  collect();
  const shm::Counters before = rig_.counters(0);
  const TimeNs end = core_.now() + static_cast<TimeNs>(setup_.seconds * ns_per_s);
  core_.reset_usage();
  pushed_ = before[Counter::rx_packets];
  while (core_.now() < end) {
    send_due(core_.now());
    loop();
  }
  const CoreUsage time = core_.usage();
  WebinarResult r = summarize(time, before);
  // What is under way still has to leave; with more than this the worker is drowning.
  const TimeNs patience = core_.now() + 3 * ns_per_s;
  while (!rig_.core().fan_out.idle() && core_.now() < patience) loop();
  loop();
  add_delays(r);
  const shm::Counters& after = rig_.counters(0);
  r.dropped = lost_in_;
  for (std::size_t i = 0; i < shm::counter_count; ++i) {
    const shm::CounterInfo& info = shm::counter_infos[i];
    const bool drop = info.group == shm::CounterGroup::egress_drop ||
                      info.group == shm::CounterGroup::ingress_drop ||
                      static_cast<Counter>(i) == Counter::tx_control_dropped;
    const uint64_t n = drop ? after.values[i] - before.values[i] : 0;
    if (n == 0) continue;
    r.dropped += n;
    r.drops += (r.drops.empty() ? "" : ", ") + std::string(info.name) + " " + std::to_string(n);
  }
  for (const auto& p : parties_) {
    r.dropped += p->feedback->lost() + p->video.strays() + p->audio.strays();
    // Every packet of a picture that some receiver lacks stands for one drop at least.
    r.dropped += p->video.incomplete() + p->audio.incomplete();
    r.verified += p->audience.check().counts().verified;
    r.bad += p->audience.check().counts().bad;
  }
  return r;
}

// Of values with weights.
DelaySummary weighted(std::vector<std::pair<double, double>> ms) {
  DelaySummary d{.count = ms.size()};
  std::ranges::sort(ms);
  double all = 0, below = 0;
  for (const auto& [value, weight] : ms) all += weight;
  for (const auto& [value, weight] : ms) {
    if (below <= 0.5 * all) d.p50_ms = value;
    if (below <= 0.99 * all) d.p99_ms = value;
    below += weight;
    d.max_ms = value;
  }
  return d;
}

DelaySummary summary(const std::vector<double>& ms) {
  return {ms.size(), percentile(ms, 0.5), percentile(ms, 0.99), percentile(ms, 1)};
}

// A run begins with a key frame. When it is shorter than the interval between them, its second
// half, where the key frame's backlog is gone, stands for the rest of the interval.
DelaySummary of_pictures(const PictureDelays& d, bool key, double PictureDelay::*take,
                         double intervals) {
  const std::vector<PictureDelay>& all = d.pictures();
  std::vector<std::pair<double, double>> ms;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double weight = i < all.size() / 2 ? 1 : std::max(1.0, 2 * intervals - 1);
    if (all[i].key == key) ms.emplace_back(all[i].*take, weight);
  }
  return weighted(std::move(ms));
}

void WebinarRun::add_delays(WebinarResult& r) const {
  const double intervals = setup_.video.key_interval_s / setup_.seconds;
  const Party& w = *parties_[0];
  r.delta_first = of_pictures(w.video, false, &PictureDelay::first_ms, intervals);
  r.delta_last = of_pictures(w.video, false, &PictureDelay::last_ms, intervals);
  r.key_first = of_pictures(w.video, true, &PictureDelay::first_ms, intervals);
  r.key_last = of_pictures(w.video, true, &PictureDelay::last_ms, intervals);
  r.audio_first = of_pictures(w.audio, false, &PictureDelay::first_ms, intervals);
  r.audio_last = of_pictures(w.audio, false, &PictureDelay::last_ms, intervals);
  std::vector<double> audio, video;
  for (std::size_t i = 1; i < parties_.size(); ++i) {
    std::ranges::copy(parties_[i]->audio.each_ms(), std::back_inserter(audio));
    std::ranges::copy(parties_[i]->video.each_ms(), std::back_inserter(video));
  }
  r.meeting_audio = summary(audio);
  r.meeting_video = summary(video);
}

WebinarResult WebinarRun::summarize(const CoreUsage& time, const shm::Counters& before) {
  const shm::Counters& now = rig_.core().counters;
  const auto grown = [&](Counter c) { return static_cast<double>(now[c] - before[c]); };
  const Party& w = *parties_[0];
  WebinarResult r;
  r.time = time;
  r.sent = now[Counter::sent_media] - before[Counter::sent_media];
  r.ns_per_packet = static_cast<double>(time.busy) / grown(Counter::sent_media);
  double ticks = 0;
  for (std::size_t i = 0; i < shm::stage_count; ++i)
    ticks += grown(shm::ticks_of(static_cast<shm::Stage>(i)));
  for (std::size_t i = 0; i < shm::stage_count; ++i) {
    const auto stage = static_cast<shm::Stage>(i);
    r.stages[i] = {grown(shm::ticks_of(stage)) / ticks * r.ns_per_packet,
                   static_cast<uint64_t>(grown(shm::items_of(stage)))};
  }
  constexpr double preamble_fcs_gap = 24;
  r.bits_per_packet =
      (grown(Counter::tx_bytes) / grown(Counter::tx_packets) + preamble_fcs_gap) * 8;
  r.packets_per_visit = grown(Counter::sent_media) / grown(Counter::visits);
  r.feedback_per_s = static_cast<double>(feedback_) / setup_.seconds;
  r.cipher_us = cipher_.mix_ns(w.presenter->sizes()) / 1e3 / setup_.seconds;
  return r;
}

}  // namespace

AudienceSetup webinar_audience(const WebinarSetup& setup) {
  AudienceSetup a;
  a.profile = setup.profile;
  a.receivers = setup.attendees;
  a.sample_every = 1'999;
  Presenter::negotiate(a);
  return a;
}

WebinarResult run_webinar(const WebinarSetup& setup, CipherMix& cipher) {
  return WebinarRun(setup, cipher).run();
}

}  // namespace sluice::perf
