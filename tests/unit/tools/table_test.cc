#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

struct Meeting : Instance {
  shm::SlotRef endpoint, track, stream, subscription;

  Meeting() {
    endpoint = publish_endpoint(1);
    track = publisher.publish(shm::track_record(2, endpoint)).value();
    stream = publisher.publish(shm::stream_record(3, endpoint, 1'234)).value();
    subscription = publisher.publish(shm::subscription_record(track, stream)).value();
  }
};

TEST(TableCheck, sound_tables_have_no_finding) {
  Meeting meeting;
  const Answer text = meeting.ask({"table", "check"});
  EXPECT_EQ(text.code, ExitCode::ok) << text.out;
  EXPECT_TRUE(text.says("0 errors, 0 warnings")) << text.out;
  const auto json = meeting.ask_json({"table", "check"});
  EXPECT_EQ(json["errors"], 0);
  EXPECT_EQ(json["findings"].size(), 0U);
}

TEST(TableCheck, a_record_that_does_not_validate_is_named_also_when_its_writer_is_dead) {
  Meeting meeting;
  shm::TrackRecord record = shm::track_record(2, meeting.endpoint);
  record.encoding_count = 200;
  meeting.control->track(meeting.track.slot).record.publish(record);
  meeting.control.reset();
  meeting.dataplane.reset();
  const Answer text = meeting.ask({"table", "check"});
  EXPECT_EQ(text.code, ExitCode::finding);
  EXPECT_TRUE(text.says("encoding count out of range")) << text.out;
  EXPECT_TRUE(text.says("the control plane is dead")) << text.out;
  const auto json = meeting.ask_json({"table", "check"});
  ASSERT_GE(json["errors"].get<int>(), 1);
  EXPECT_EQ(json["findings"][0]["table"], "track");
  EXPECT_EQ(json["findings"][0]["slot"], meeting.track.slot);
  EXPECT_EQ(json["findings"][0]["severity"], "error");
}

TEST(TableShow, shows_what_is_in_use_and_never_a_key) {
  Meeting meeting;
  const auto json = meeting.ask_json({"table", "show"});
  const auto& tables = json["tables"];
  ASSERT_EQ(tables["endpoint"].size(), 1U);
  EXPECT_EQ(tables["endpoint"][0]["id"], 1);
  EXPECT_EQ(tables["endpoint"][0]["state"], "live");
  const auto& negotiation = tables["endpoint"][0]["negotiation"];
  EXPECT_EQ(negotiation, "0.1");
  EXPECT_EQ(tables["negotiation"].size(), 1U);
  EXPECT_EQ(tables["track"][0]["source"], "camera");
  EXPECT_EQ(tables["stream"][0]["ssrc"], 1'234);
  EXPECT_EQ(tables["subscription"][0]["track"],
            std::to_string(meeting.track.slot) + "." + std::to_string(meeting.track.generation));
  EXPECT_EQ(json.dump().find(shm::name_of_id(1) + shm::name_of_id(1)), std::string::npos);
}

TEST(TableShow, one_table_by_name) {
  Meeting meeting;
  const Answer text = meeting.ask({"table", "show", "stream"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("1234")) << text.out;
  EXPECT_FALSE(text.says("camera"));
  EXPECT_EQ(meeting.ask({"table", "show", "room"}).code, ExitCode::usage);
}

TEST(TableShow, what_a_worker_wrote_for_an_earlier_use_of_the_slot_is_left_out) {
  Meeting meeting;
  auto& state = meeting.dataplane->stream(meeting.stream.slot).state;
  state.packets.store(77);
  state.generation.store(meeting.stream.generation + 1);
  EXPECT_FALSE(
      meeting.ask_json({"table", "show", "stream"})["tables"]["stream"][0].contains("packets"));
  state.generation.store(meeting.stream.generation);
  EXPECT_EQ(meeting.ask_json({"table", "show", "stream"})["tables"]["stream"][0]["packets"], 77);
}

TEST(TableShow, names_that_are_no_text_do_not_break_the_output) {
  Meeting meeting;
  shm::TrackRecord record = shm::track_record(2, meeting.endpoint);
  record.mid = shm::Text<16>("\xff\xfe\x01");
  meeting.control->track(meeting.track.slot).record.publish(record);
  EXPECT_EQ(meeting.ask({"table", "show"}).code, ExitCode::ok);
  EXPECT_EQ(meeting.ask({"table", "show", "--json"}).code, ExitCode::ok);
}

}  // namespace
}  // namespace sluice::ctl
