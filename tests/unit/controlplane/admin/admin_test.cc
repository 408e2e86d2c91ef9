// The admin socket as sluicectl speaks to it.
#include <admin.pb.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "controlplane/admin/admin_server.h"
#include "controlplane/admin/list_rooms.h"
#include "tests/unit/controlplane/conference/stage.h"

namespace sluice::admin {
namespace {

std::string framed(const std::string& body) {
  const auto n = static_cast<uint32_t>(body.size());
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(n >> shift & 0xff);
  return out + body;
}

class AdminSocket : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice_admin_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    path_ = directory_ + "/admin.sock";
    server_ = std::make_unique<AdminServer>(io_, [](const schema::AdminRequest& request) {
      schema::AdminResponse response;
      if (!request.has_list_rooms()) response.set_error("no such command");
      response.mutable_rooms()->add_rooms()->set_meeting_id("weekly");
      return response;
    });
  }
  void TearDown() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }
  void start() {
    const Status listening = server_->listen(path_);
    ASSERT_TRUE(listening.ok()) << listening.error().message;
    server_->start();
    thread_ = std::thread([this] { io_.run(); });
  }
  int connect_to() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  // The next answer; empty when the server closed.
  static std::string read_answer(int fd) {
    uint8_t length[4];
    if (recv(fd, length, sizeof length, MSG_WAITALL) != static_cast<ssize_t>(sizeof length)) {
      return {};
    }
    std::string body((std::size_t{length[0]} << 24) | (std::size_t{length[1]} << 16) |
                         (std::size_t{length[2]} << 8) | length[3],
                     '\0');
    EXPECT_EQ(recv(fd, body.data(), body.size(), MSG_WAITALL), static_cast<ssize_t>(body.size()));
    return body;
  }

  boost::asio::io_context io_;
  std::string directory_, path_;
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
};

TEST_F(AdminSocket, AnswersOneRequestAfterTheOther) {
  start();
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0660U);
  schema::AdminRequest request;
  request.mutable_list_rooms();
  const int fd = connect_to();
  for (int i = 0; i < 3; ++i) {
    const std::string bytes = framed(request.SerializeAsString());
    for (const char c : bytes) ASSERT_EQ(send(fd, &c, 1, 0), 1);  // in pieces
    schema::AdminResponse response;
    ASSERT_TRUE(response.ParseFromString(read_answer(fd)));
    ASSERT_EQ(response.rooms().rooms_size(), 1);
    EXPECT_EQ(response.rooms().rooms(0).meeting_id(), "weekly");
  }
  close(fd);
}

TEST_F(AdminSocket, RefusesWhatIsNoRequest) {
  start();
  const int fd = connect_to();
  const std::string garbage = framed("\xff\xff\xff");
  ASSERT_GT(send(fd, garbage.data(), garbage.size(), 0), 0);
  schema::AdminResponse response;
  ASSERT_TRUE(response.ParseFromString(read_answer(fd)));
  EXPECT_FALSE(response.error().empty());
  const std::string huge = "\x7f\xff\xff\xff";
  ASSERT_GT(send(fd, huge.data(), huge.size(), 0), 0);
  EXPECT_TRUE(read_answer(fd).empty());
  close(fd);
}

TEST_F(AdminSocket, TakesTheNameOfADeadOneOnly) {
  std::ofstream(path_) << "a file";
  EXPECT_FALSE(server_->listen(path_).ok());
  std::filesystem::remove(path_);
  start();
  AdminServer second(io_, [](const schema::AdminRequest&) { return schema::AdminResponse(); });
  EXPECT_FALSE(second.listen(path_).ok());
  EXPECT_FALSE(second.listen(std::string(200, 'x')).ok());
}

TEST(ListRooms, SaysWhoIsThere) {
  conference::Stage stage;
  stage.join("ada");
  stage.join("bob");
  stage.disconnect("bob");
  const schema::AdminResponse response = list_rooms(stage.conference, [](auto&) { return 0; });
  ASSERT_EQ(response.rooms().rooms_size(), 1);
  const auto& room = response.rooms().rooms(0);
  EXPECT_EQ(room.meeting_id(), "meeting");
  ASSERT_EQ(room.participants_size(), 2);
  EXPECT_EQ(room.participants(0).state(), "connected");
  EXPECT_EQ(room.participants(1).state(), "reconnecting");
  EXPECT_EQ(room.endpoint_ids_size(), 0) << "the region has none of them";
}

TEST(ListRooms, NamesTheEndpointsThatTheRegionHas) {
  conference::Stage stage;
  stage.join("ada");
  const std::string publishes = stage.participant("ada").publish.endpoint_id;
  const std::string receives = stage.participant("ada").receive.endpoint_id;
  ASSERT_FALSE(receives.empty());
  const auto id_of = [&](const std::string& id) -> uint64_t {
    return id == receives ? 0xfedcba9876543210 : id == publishes ? 0 : 1;
  };
  const schema::AdminResponse response = list_rooms(stage.conference, id_of);
  ASSERT_EQ(response.rooms().rooms(0).endpoint_ids_size(), 1);
  EXPECT_EQ(response.rooms().rooms(0).endpoint_ids(0), 0xfedcba9876543210);
}

}  // namespace
}  // namespace sluice::admin
