// The control plane is told which use of which slot is meant, whatever way it was named.
#include "tests/unit/tools/admin_socket.h"
#include "tests/unit/tools/instance.h"

namespace sluice::ctl {
namespace {

struct EndpointMove : testing::Test {
  Answer move(const std::string& endpoint, const std::string& worker) {
    return instance.ask({"--socket", path, "endpoint", "move", endpoint, "--worker", worker});
  }

  Instance instance;
  const shm::SlotRef ref = instance.publish_endpoint(77);
  const std::string path = instance.directory.path() + "/admin.sock";
};

TEST_F(EndpointMove, the_control_plane_is_asked) {
  const AdminSocket socket(path, framed({}));
  const Answer answer = move(std::to_string(ref.slot), "1");
  EXPECT_EQ(answer.code, ExitCode::ok) << answer.err;
  EXPECT_TRUE(answer.says("at home on worker 1")) << answer.out;
  EXPECT_EQ(socket.request().move_endpoint().slot(), ref.slot);
  EXPECT_EQ(socket.request().move_endpoint().generation(), ref.generation);
  EXPECT_EQ(socket.request().move_endpoint().worker(), 1u);
}

TEST_F(EndpointMove, a_refusal_is_a_finding) {
  schema::AdminResponse response;
  response.set_error("no endpoint 0.1");
  const AdminSocket socket(path, framed(response));
  const Answer answer = move(std::to_string(ref.slot), "0");
  EXPECT_EQ(answer.code, ExitCode::finding);
  EXPECT_NE(answer.err.find("no endpoint 0.1"), std::string::npos) << answer.err;
}

TEST_F(EndpointMove, what_is_named_wrongly_is_not_asked_for) {
  EXPECT_EQ(move("x", "1").code, ExitCode::usage);
  EXPECT_EQ(move(std::to_string(ref.slot + 1), "1").code, ExitCode::usage);
  const Answer answer = move(std::to_string(ref.slot), "99");
  EXPECT_EQ(answer.code, ExitCode::usage);
  EXPECT_NE(answer.err.find("worker 99"), std::string::npos) << answer.err;
  EXPECT_EQ(instance.ask({"endpoint", "move", "0"}).code, ExitCode::usage);
}

TEST_F(EndpointMove, without_a_control_plane_nothing_moves) {
  const Answer answer = move(std::to_string(ref.slot), "1");
  EXPECT_EQ(answer.code, ExitCode::unreachable);
  EXPECT_NE(answer.err.find("is sluice-control running"), std::string::npos) << answer.err;
}

}  // namespace
}  // namespace sluice::ctl
