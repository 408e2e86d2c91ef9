// sluicectl endpoints, tracks and subscriptions over a meeting of two in a real region.
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

std::string name_of(shm::SlotRef ref) {
  return std::to_string(ref.slot) + "." + std::to_string(ref.generation);
}

// Ann publishes a camera at worker 0, Bob receives it at worker 1.
struct MediaView : testing::Test, Instance {
  shm::SlotRef ann, bob, camera, microphone, stream, subscription;

  MediaView() {
    ann = publish_endpoint(1, 0);
    bob = publish_endpoint(2, 1);
    camera = publisher.publish(shm::track_record(3, ann)).value();
    shm::TrackRecord audio = shm::track_record(4, bob);
    audio.kind = MediaKind::audio;
    audio.source = shm::TrackSource::microphone;
    microphone = publisher.publish(audio).value();
    stream = publisher.publish(shm::stream_record(5, bob, 1'234)).value();
    subscription = publisher.publish(shm::subscription_record(camera, stream)).value();
    workers_take_over();
  }

  void workers_take_over() {
    auto& endpoint = dataplane->endpoint(ann.slot).state;
    endpoint.generation.store(ann.generation);
    endpoint.consent_ns.store(monotonic_now() - 2 * ns_per_s);
    endpoint.flags.store(shm::endpoint_flag_connected);
    endpoint.rx_packets.store(12'345);
    endpoint.auth_failed.store(7);
    endpoint.address.publish({{203, 0, 113, 77}, 50'000, 40'000, 4, 0, 0, 0});
    auto& track = dataplane->track(camera.slot).state;
    track.generation.store(camera.generation);
    track.codec.store(static_cast<uint32_t>(Codec::vp8));
    track.encodings[0].packets.store(900);
    track.encodings[0].lost.store(100);
    auto& sent = dataplane->stream(stream.slot).state;
    sent.generation.store(stream.generation);
    sent.packets.store(4'000);
    sent.bytes.store(4'000'000);
    sent.reports.store(uint64_t{64} << 32 | 900);  // a quarter lost, 10 ms of jitter
    sent.rtt_us.store(12'500);
    auto& state = dataplane->subscription_state(subscription.slot);
    state.generation.store(subscription.generation);
    state.phase.store(shm::SubscriptionPhase::open);
  }
};

TEST_F(MediaView, an_endpoint_says_how_it_is_and_what_went_through_it) {
  const auto rows = ask_json({"endpoints"})["endpoints"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["endpoint"], name_of(ann));
  EXPECT_EQ(rows[0]["state"], "no keys yet");
  EXPECT_EQ(rows[0]["home_worker"], 0);
  EXPECT_EQ(rows[0]["rx_packets"], 12'345);
  EXPECT_EQ(rows[0]["auth_failed"], 7);
  EXPECT_EQ(rows[0]["tracks"], 1);
  EXPECT_GE(rows[0]["consent_age_ms"].get<double>(), 2'000);
  EXPECT_EQ(rows[1]["state"], "unclaimed");
  EXPECT_EQ(rows[1]["tx_packets"], 4'000);
  EXPECT_DOUBLE_EQ(rows[1]["loss_percent"].get<double>(), 25);
  EXPECT_DOUBLE_EQ(rows[1]["rtt_ms"].get<double>(), 12.5);
  const Answer text = ask({"endpoints"});
  EXPECT_TRUE(text.says("12'345")) << text.out;
  EXPECT_TRUE(text.says("25.0 %")) << text.out;
}

TEST_F(MediaView, the_state_of_an_endpoint_follows_its_life) {
  auto& state = dataplane->endpoint(ann.slot).state;
  const auto now = [&] { return ask_json({"endpoints"})["endpoints"][0]["state"]; };
  state.consent_ns.store(0);
  EXPECT_EQ(now(), "no check yet");
  state.consent_ns.store(monotonic_now());
  state.flags.store(0);
  EXPECT_EQ(now(), "silent");
  state.flags.store(shm::endpoint_flag_connected);
  shm::EndpointRecord record = shm::endpoint_record(1, 0);
  record.srtp_profile = srtp::Profile::aead_aes_128_gcm;
  control->endpoint(ann.slot).record.publish(record);
  EXPECT_EQ(now(), "connected");
}

TEST_F(MediaView, addresses_are_shown_to_who_asks_for_them_only) {
  for (const char* command : {"endpoints", "tracks", "subscriptions"}) {
    EXPECT_FALSE(ask({command}).says("203.0.113.77")) << command;
    EXPECT_FALSE(ask({command, "--json"}).says("203.0.113.77")) << command;
  }
  EXPECT_TRUE(ask({"endpoints", "--addresses"}).says("203.0.113.77:50000"));
  EXPECT_EQ(ask_json({"endpoints", "--addresses"})["endpoints"][0]["remote"], "203.0.113.77:50000");
}

TEST_F(MediaView, a_track_says_codec_loss_and_who_wants_it) {
  const auto rows = ask_json({"tracks"})["tracks"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["track"], name_of(camera));
  EXPECT_EQ(rows[0]["state"], "active");
  EXPECT_EQ(rows[0]["codec"], "VP8");
  EXPECT_EQ(rows[0]["source"], "camera");
  EXPECT_EQ(rows[0]["packets"], 900);
  EXPECT_DOUBLE_EQ(rows[0]["loss_percent"].get<double>(), 10);
  EXPECT_EQ(rows[0]["subscribers"], 1);
  EXPECT_EQ(rows[1]["source"], "microphone");
  EXPECT_EQ(rows[1]["state"], "unclaimed");
  EXPECT_TRUE(rows[1]["codec"].is_null());
}

TEST_F(MediaView, a_subscription_names_both_ends_and_how_its_stream_fares) {
  const auto rows = ask_json({"subscriptions"})["subscriptions"];
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["subscription"], name_of(subscription));
  EXPECT_EQ(rows[0]["state"], "open");
  EXPECT_EQ(rows[0]["from_endpoint"], name_of(ann));
  EXPECT_EQ(rows[0]["to_endpoint"], name_of(bob));
  EXPECT_EQ(rows[0]["home_worker"], 1);
  EXPECT_EQ(rows[0]["tx_bytes"], 4'000'000);
  EXPECT_DOUBLE_EQ(rows[0]["jitter_ms"].get<double>(), 10);
}

TEST_F(MediaView, filters_leave_what_has_to_do_with_it) {
  const auto count = [&](const char* command, const char* filter, const std::string& value) {
    return ask_json({command, filter, value})[command].size();
  };
  EXPECT_EQ(count("endpoints", "--endpoint", name_of(bob)), 1U);
  EXPECT_EQ(count("endpoints", "--track", name_of(camera)), 2U);
  EXPECT_EQ(count("endpoints", "--track", name_of(microphone)), 1U);
  EXPECT_EQ(count("endpoints", "--worker", "1"), 1U);
  EXPECT_EQ(count("tracks", "--endpoint", std::to_string(ann.slot)), 1U);
  EXPECT_EQ(count("tracks", "--worker", "1"), 1U);
  EXPECT_EQ(count("subscriptions", "--endpoint", name_of(ann)), 1U);
  EXPECT_EQ(count("subscriptions", "--endpoint", name_of(bob)), 1U);
  EXPECT_EQ(count("subscriptions", "--track", name_of(microphone)), 0U);
  EXPECT_EQ(count("subscriptions", "--worker", "0"), 0U);
  EXPECT_TRUE(ask({"subscriptions", "--worker", "0"}).says("subscriptions: none"));
}

TEST_F(MediaView, a_filter_that_names_nothing_says_why) {
  const auto refusal = [&](std::vector<std::string> arguments) {
    const Answer answer = ask(std::move(arguments));
    EXPECT_EQ(answer.code, ExitCode::usage);
    EXPECT_EQ(answer.out, "");
    return answer.err;
  };
  EXPECT_EQ(refusal({"endpoints", "--endpoint", "x"}),
            "endpoint x: must be SLOT or SLOT.GENERATION, like 3 or 3.17\n");
  EXPECT_EQ(refusal({"tracks", "--endpoint", "1.2.3"}),
            "endpoint 1.2.3: must be SLOT or SLOT.GENERATION, like 3 or 3.17\n");
  EXPECT_EQ(refusal({"endpoints", "--endpoint", "16"}),
            "endpoint 16: the table's slots are 0 to 15\n");
  const uint32_t unused = ann.slot == 14 || bob.slot == 14 ? 13 : 14;
  EXPECT_EQ(refusal({"endpoints", "--endpoint", std::to_string(unused)}),
            "endpoint " + std::to_string(unused) + ": slot " + std::to_string(unused) +
                " is free, not live\n");
  const std::string later =
      std::to_string(camera.slot) + "." + std::to_string(camera.generation + 1);
  EXPECT_EQ(refusal({"tracks", "--track", later}),
            "track " + later + ": slot " + std::to_string(camera.slot) + " is in its use " +
                std::to_string(camera.generation) + " by now\n");
  EXPECT_EQ(refusal({"tracks", "--worker", "2"}), "worker 2: the workers are 0 to 1\n");
}

TEST_F(MediaView, dead_daemons_leave_everything_to_read) {
  control.reset();
  dataplane.reset();
  const Answer text = ask({"endpoints"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("the data plane is dead")) << text.out;
  EXPECT_TRUE(text.says("12'345")) << text.out;
  EXPECT_EQ(ask_json({"subscriptions"})["subscriptions"].size(), 1U);
}

TEST_F(MediaView, a_region_that_is_not_there_is_named) {
  const Answer answer = sluicectl({"--region", "/dev/shm/sluice-none-such", "tracks"});
  EXPECT_EQ(answer.code, ExitCode::unreachable);
  EXPECT_NE(answer.err.find("/dev/shm/sluice-none-such"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace sluice::ctl
