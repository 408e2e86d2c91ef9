// Rooms come from a running control plane.
#include "tests/unit/tools/admin_socket.h"
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

TEST(Rooms, lists_meetings_and_people) {
  const shm::RegionDirectory directory;
  const std::string path = directory.path() + "/admin.sock";
  schema::AdminResponse response;
  auto* room = response.mutable_rooms()->add_rooms();
  room->set_meeting_id("m-1");
  auto* person = room->add_participants();
  person->set_id("p-1");
  person->set_name("Ada\x1b[2J");
  person->set_state("connected");
  {
    const AdminSocket socket(path, framed(response));
    const Answer text = sluicectl({"--socket", path, "rooms"});
    EXPECT_EQ(text.code, ExitCode::ok) << text.err;
    EXPECT_TRUE(text.says("m-1")) << text.out;
    EXPECT_TRUE(text.says("Ada?[2J")) << "nothing a guest typed steers the terminal";
    EXPECT_TRUE(socket.request().has_list_rooms());
  }
  unlink(path.c_str());
  const AdminSocket socket(path, framed(response));
  const auto json = sluicectl({"--socket", path, "rooms", "--json"}).json();
  EXPECT_EQ(json["rooms"][0]["participants"][0]["state"], "connected");
}

TEST(Rooms, no_control_plane_is_unreachable) {
  const shm::RegionDirectory directory;
  const Answer answer = sluicectl({"--socket", directory.path() + "/none.sock", "rooms"});
  EXPECT_EQ(answer.code, ExitCode::unreachable);
  EXPECT_NE(answer.err.find("is sluice-control running"), std::string::npos) << answer.err;
}

TEST(Rooms, an_answer_that_is_none_is_unreachable) {
  const shm::RegionDirectory directory;
  for (const std::string& bytes : {std::string("\0\0", 2), std::string("\xff\xff\xff\xff"),
                                   std::string("\0\0\0\4\xff\xff\xff\xff", 8), std::string()}) {
    const std::string path = directory.path() + "/admin.sock";
    const AdminSocket socket(path, bytes);
    EXPECT_EQ(sluicectl({"--socket", path, "rooms"}).code, ExitCode::unreachable);
    unlink(path.c_str());
  }
}

TEST(Rooms, a_refusal_is_passed_on) {
  const shm::RegionDirectory directory;
  const std::string path = directory.path() + "/admin.sock";
  schema::AdminResponse response;
  response.set_error("not today");
  const AdminSocket socket(path, framed(response));
  const Answer answer = sluicectl({"--socket", path, "rooms"});
  EXPECT_EQ(answer.code, ExitCode::unreachable);
  EXPECT_NE(answer.err.find("not today"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctl
