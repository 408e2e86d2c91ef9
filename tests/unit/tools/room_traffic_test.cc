// Rooms by traffic: what the region counts for each endpoint, joined with whose endpoints they are.
#include "tools/sluicectl/room_traffic.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "tests/unit/tools/admin_socket.h"
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

schema::RoomList::Room& add_room(schema::RoomList& list, const std::string& id, int people,
                                 const std::vector<uint64_t>& endpoints) {
  auto& room = *list.add_rooms();
  room.set_meeting_id(id);
  for (int i = 0; i < people; ++i) room.add_participants()->set_id(id + std::to_string(i));
  for (const uint64_t endpoint : endpoints) room.add_endpoint_ids(endpoint);
  return room;
}

std::string names_of(const std::vector<RoomTraffic>& rooms) {
  std::string names;
  for (const RoomTraffic& r : rooms) names += r.room->meeting_id() + " ";
  return names;
}

TEST(RoomTraffic, is_the_sum_over_a_rooms_endpoints_in_bits_per_second) {
  schema::RoomList list;
  add_room(list, "a", 2, {1, 2});
  const auto rooms = busiest(list, {{1, {1'000, 0}}, {2, {0, 50}}, {3, {0, 0}}},
                             {{1, {3'000, 0}}, {2, {500, 150}}, {3, {9'000, 9'000}}}, 2, 10);
  ASSERT_EQ(rooms.size(), 1U);
  EXPECT_DOUBLE_EQ(rooms[0].rx_bits_per_s, 2'500 * 8 / 2);
  EXPECT_DOUBLE_EQ(rooms[0].tx_bits_per_s, 100 * 8 / 2);
}

TEST(RoomTraffic, the_busiest_come_first_then_the_fuller_then_by_name) {
  schema::RoomList list;
  add_room(list, "quiet-b", 2, {});
  add_room(list, "quiet-a", 2, {});
  add_room(list, "full", 9, {});
  add_room(list, "sends", 1, {1});
  add_room(list, "receives", 1, {2});
  const TrafficLook before = {{1, {}}, {2, {}}}, after = {{1, {10, 0}}, {2, {1, 10}}};
  EXPECT_EQ(names_of(busiest(list, before, after, 1, 10)), "receives sends full quiet-a quiet-b ");
  EXPECT_EQ(names_of(busiest(list, before, after, 1, 2)), "receives sends ");
  EXPECT_TRUE(busiest(list, before, after, 1, 0).empty());
  EXPECT_TRUE(busiest({}, before, after, 1, 10).empty());
}

TEST(RoomTraffic, who_came_counts_from_zero_and_who_went_or_shrank_not_at_all) {
  schema::RoomList list;
  add_room(list, "came", 1, {1});
  add_room(list, "went", 1, {2});
  add_room(list, "shrank", 1, {3});
  const auto rooms =
      busiest(list, {{2, {70, 70}}, {3, {80, 80}}}, {{1, {5, 6}}, {3, {8, 8}}}, 1, 9);
  ASSERT_EQ(names_of(rooms), "came shrank went ");
  EXPECT_DOUBLE_EQ(rooms[0].rx_bits_per_s, 40);
  EXPECT_DOUBLE_EQ(rooms[0].tx_bits_per_s, 48);
  EXPECT_DOUBLE_EQ(rooms[1].rx_bits_per_s + rooms[1].tx_bits_per_s, 0);
}

TEST(RoomTraffic, ten_thousand_endpoints_are_summed_up_to_the_last) {
  constexpr uint64_t rooms_count = 1'000, per_room = 10;
  schema::RoomList list;
  TrafficLook before, after;
  for (uint64_t r = 0; r < rooms_count; ++r) {
    std::vector<uint64_t> ids;
    for (uint64_t e = 1; e <= per_room; ++e) {
      ids.push_back(r * per_room + e);
      before[ids.back()] = {r, 1};
      after[ids.back()] = {2 * r, 1 + r};
    }
    add_room(list, std::to_string(r), 5, ids);
  }
  const auto rooms = busiest(list, before, after, 1, rooms_count);
  ASSERT_EQ(rooms.size(), rooms_count);
  for (uint64_t i = 0; i < rooms_count; ++i) {
    const uint64_t r = rooms_count - 1 - i;
    ASSERT_EQ(rooms[i].room->meeting_id(), std::to_string(r));
    ASSERT_DOUBLE_EQ(rooms[i].rx_bits_per_s, static_cast<double>(8 * r * per_room));
    ASSERT_DOUBLE_EQ(rooms[i].tx_bits_per_s, static_cast<double>(8 * r * per_room));
  }
}

// Endpoint 1 publishes, endpoint 2 is sent two streams.
struct Meeting : testing::Test, Instance {
  Meeting()
      : ann(publish_endpoint(1)),
        bob(publish_endpoint(2)),
        video(publisher.publish(shm::stream_record(5, bob, 1'234)).value()),
        audio(publisher.publish(shm::stream_record(6, bob, 1'236)).value()) {}

  void workers_take_over() {
    for (const shm::SlotRef ref : {ann, bob}) {
      dataplane->endpoint(ref.slot).state.generation.store(ref.generation);
    }
    for (const shm::SlotRef ref : {video, audio}) {
      dataplane->stream(ref.slot).state.generation.store(ref.generation);
    }
  }
  void count(uint64_t received, uint64_t video_sent, uint64_t audio_sent) {
    dataplane->endpoint(ann.slot).state.rx_bytes.store(received);
    dataplane->stream(video.slot).state.bytes.store(video_sent);
    dataplane->stream(audio.slot).state.bytes.store(audio_sent);
  }

  shm::SlotRef ann, bob, video, audio;
};

TEST_F(Meeting, the_region_says_what_went_through_each_endpoint) {
  count(1, 2, 3);
  EXPECT_TRUE(traffic_of(*dataplane).empty()) << "no worker has taken them over";
  workers_take_over();
  count(100, 70, 7);
  const TrafficLook look = traffic_of(*dataplane);
  ASSERT_EQ(look.size(), 2U);
  EXPECT_EQ(look.at(1).rx, 100U);
  EXPECT_EQ(look.at(1).tx, 0U);
  EXPECT_EQ(look.at(2).rx, 0U);
  EXPECT_EQ(look.at(2).tx, 77U);
}

TEST_F(Meeting, top_lists_it_with_its_people) {
  workers_take_over();
  count(1'000, 0, 0);
  schema::AdminResponse response;
  add_room(*response.mutable_rooms(), "idle-room", 7, {});
  add_room(*response.mutable_rooms(), "busy-room", 2, {1, 2});
  const std::string path = directory.path() + "/admin.sock";
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    for (uint64_t n = 1; !stop; ++n) {
      count(1'000 * n, 4'000 * n, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  nlohmann::json rooms;
  {
    const AdminSocket socket(path, framed(response));
    rooms = ask_json({"--socket", path, "top", "--once", "--interval", "0.2"})["rooms"];
  }
  unlink(path.c_str());
  ASSERT_EQ(rooms.size(), 2U);
  EXPECT_EQ(rooms[0]["meeting_id"], "busy-room");
  EXPECT_EQ(rooms[0]["participants"], 2);
  EXPECT_GT(rooms[0]["rx_bits_per_s"].get<double>(), 0);
  EXPECT_GT(rooms[0]["tx_bits_per_s"].get<double>(), rooms[0]["rx_bits_per_s"].get<double>());
  EXPECT_EQ(rooms[1]["meeting_id"], "idle-room");
  EXPECT_EQ(rooms[1]["rx_bits_per_s"], 0);
  {
    const AdminSocket socket(path, framed(response));
    const Answer text = ask({"--socket", path, "top", "--once", "--interval", "0.05"});
    EXPECT_LT(text.out.find("busy-room"), text.out.find("idle-room")) << text.out;
  }
  stop = true;
  worker.join();
}

TEST_F(Meeting, without_a_control_plane_the_rest_is_shown) {
  const Answer text =
      ask({"--socket", directory.path() + "/none.sock", "top", "--once", "--interval", "0.01"});
  EXPECT_EQ(text.code, ExitCode::ok);
  EXPECT_TRUE(text.says("rooms: the control plane does not answer")) << text.out;
  EXPECT_TRUE(text.says("bit/s in")) << text.out;
}

}  // namespace
}  // namespace sluice::ctl
