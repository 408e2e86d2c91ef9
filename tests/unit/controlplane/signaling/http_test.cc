// REST, static files and hostile HTTP over loopback.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/unit/controlplane/signaling/client.h"
#include "tests/unit/controlplane/signaling/front_rig.h"

namespace sluice::signaling {
namespace {

using Settings = FrontRig::Settings;

RawAnswer make_meeting(const FrontRig& rig, const std::string& body = "{}") {
  return http(rig.port(), {"POST", "/v1/meetings", std::string(api_key), body, {}});
}

std::string join_target(const std::string& meeting, const std::string& name = "Ada") {
  return "/v1/meetings/" + meeting + "/join?name=" + name;
}

TEST(Meetings, AreMadeWithAKeyAndJoinedWithALink) {
  FrontRig rig;
  const RawAnswer made = make_meeting(rig, R"({"name":"Weekly","codecs":["VP8"]})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const auto meeting = made.json();
  const std::string id = meeting["meeting_id"];
  EXPECT_EQ(meeting["join_url"],
            "http://" + rig.host() + "/m/" + id + "#t=" + meeting["join_token"].get<std::string>());
  EXPECT_EQ(made.headers.at("cache-control"), "no-store");

  const RawAnswer joined =
      http(rig.port(), {"GET", join_target(id), meeting["join_token"], "", {}});
  ASSERT_EQ(joined.status, 200U) << joined.body;
  EXPECT_EQ(joined.json()["signaling_url"], "ws://" + rig.host() + "/v1/signaling");
  EXPECT_EQ(joined.json()["media_node"], "test");
  EXPECT_TRUE(joined.json()["ice_servers"].is_array());
  EXPECT_NE(joined.json()["participant_id"], "");
}

TEST(Meetings, LinksFollowTheConfiguredUrl) {
  Settings settings;
  settings.public_url = "https://meet.example.org/";
  FrontRig rig(settings);
  const auto meeting = make_meeting(rig).json();
  EXPECT_TRUE(meeting["join_url"].get<std::string>().starts_with("https://meet.example.org/m/"));
  const RawAnswer joined =
      http(rig.port(), {"GET", join_target(meeting["meeting_id"]), meeting["host_token"], "", {}});
  EXPECT_EQ(joined.json()["signaling_url"], "wss://meet.example.org/v1/signaling");
}

TEST(Meetings, ErrorsSayWhatIsWrong) {
  FrontRig rig;
  const auto meeting = make_meeting(rig).json();
  const auto other = make_meeting(rig).json();
  const std::string id = meeting["meeting_id"];
  const std::string link = meeting["join_token"];
  const std::string key(api_key);
  const std::string person =
      http(rig.port(), {"GET", join_target(id), link, "", {}}).json()["participant_token"];
  struct Wrong {
    Call call;
    unsigned status;
    const char* code;
  };
  const Wrong wrongs[] = {
      {{"POST", "/v1/meetings", "", "{}", {}}, 401, "unauthorized"},
      {{"POST", "/v1/meetings", "wrong", "{}", {}}, 401, "unauthorized"},
      {{"POST", "/v1/meetings", key, "{", {}}, 400, "bad_request"},
      {{"POST", "/v1/meetings", key, R"({"name":1})", {}}, 400, "bad_request"},
      {{"POST", "/v1/meetings", key, R"({"codecs":["H265"]})", {}}, 400, "bad_request"},
      {{"GET", "/v1/meetings", key, "", {}}, 405, "bad_request"},
      {{"DELETE", "/", "", "", {}}, 405, "bad_request"},
      {{"GET", "/v1/nothing", "", "", {}}, 404, "not_found"},
      {{"GET", "/v1/signaling", "", "", {}}, 400, "bad_request"},
      {{"GET", join_target(id), "", "", {}}, 401, "unauthorized"},
      {{"GET", join_target(id), key, "", {}}, 401, "unauthorized"},
      {{"GET", join_target(id), person, "", {}}, 401, "unauthorized"},
      {{"GET", join_target(id), other["join_token"], "", {}}, 403, "forbidden"},
      {{"GET", join_target("nothing"), link, "", {}}, 403, "forbidden"},
      {{"GET", join_target(id, std::string(65, 'a')), link, "", {}}, 400, "bad_request"},
      {{"GET", join_target(id, "%ff"), link, "", {}}, 400, "bad_request"},
  };
  for (const Wrong& wrong : wrongs) {
    const RawAnswer answer = http(rig.port(), wrong.call);
    EXPECT_EQ(answer.status, wrong.status) << wrong.call.method << " " << wrong.call.target;
    EXPECT_EQ(answer.json()["error"]["code"], wrong.code) << wrong.call.target;
  }
}

TEST(Meetings, AreLimitedInNumber) {
  FrontRig rig;  // its store takes 10
  for (int i = 0; i < 10; ++i) ASSERT_EQ(make_meeting(rig).status, 201U);
  const RawAnswer refused = make_meeting(rig);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.json()["error"]["code"], "too_many");
}

TEST(Health, FollowsTheDataPlane) {
  FrontRig rig;
  EXPECT_EQ(http(rig.port(), {"GET", "/healthz", "", "", {}}).status, 503U);
  rig.set_dataplane_ready(true);
  EXPECT_EQ(http(rig.port(), {"GET", "/healthz", "", "", {}}).status, 200U);
  rig.set_dataplane_ready(false);
  const RawAnswer down = http(rig.port(), {"GET", "/healthz", "", "", {}});
  EXPECT_EQ(down.status, 503U);
  EXPECT_EQ(down.json()["dataplane"]["reason"], "stopped by the test");
}

TEST(Metrics, AreThereForLoopback) {
  FrontRig rig;
  const RawAnswer answer = http(rig.port(), {"GET", "/metrics", "", "", {}});
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "sluice_test 1\n");
}

TEST(Files, AreServedWithTypePolicyAndEtag) {
  FrontRig rig;
  rig.write_file("main.js", "export {}");
  rig.write_file("sub/a.css", "a{}");
  const RawAnswer page = http(rig.port(), {"GET", "/m/abc", "", "", {}});
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.at("content-security-policy").find("frame-ancestors 'none'"),
            std::string::npos);
  EXPECT_NE(page.headers.at("permissions-policy").find("camera=(self)"), std::string::npos);
  EXPECT_EQ(http(rig.port(), {"GET", "/sub/a.css", "", "", {}}).body, "a{}");

  const RawAnswer script = http(rig.port(), {"GET", "/main.js", "", "", {}});
  EXPECT_EQ(script.headers.at("content-type"), "text/javascript; charset=utf-8");
  const std::string etag = script.headers.at("etag");
  const RawAnswer same = http(rig.port(), {"GET", "/main.js", "", "", {{"If-None-Match", etag}}});
  EXPECT_EQ(same.status, 304U);
  EXPECT_TRUE(same.body.empty());
  rig.write_file("main.js", "export {};");
  EXPECT_EQ(http(rig.port(), {"GET", "/main.js", "", "", {{"If-None-Match", etag}}}).status, 200U);

  const RawAnswer head = http(rig.port(), {"HEAD", "/main.js", "", "", {}});
  EXPECT_EQ(head.status, 200U);
  EXPECT_EQ(head.headers.at("content-length"), "10");
}

TEST(Files, NothingOutsideTheDirectoryIsReached) {
  FrontRig rig;
  rig.write_file(".hidden", "x");
  rig.write_file("sub/a.css", "a{}");
  std::filesystem::create_symlink("../api.key", rig.directory() + "/web/link.txt");
  std::filesystem::create_symlink(rig.directory(), rig.directory() + "/web/all");
  for (const char* target :
       {"/../api.key", "/..%2fapi.key", "/%2e%2e/api.key", "/sub/../../api.key", "//etc/passwd",
        "/sub//a.css", "/./index.html", "/.hidden", "/link.txt", "/all/api.key", "/sub", "/sub/",
        "/m/", "/m/a/b", "/m/..", "/index.html%00.js", "/none.js", "/\\..\\api.key"}) {
    EXPECT_EQ(http(rig.port(), {"GET", target, "", "", {}}).status, 404U) << target;
  }
}

TEST(Connections, AreKeptAlive) {
  FrontRig rig;
  RawConnection connection(rig.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.send(request_text({}, rig.host(), /*close=*/false)));
    EXPECT_EQ(connection.read_answer().status, 200U);
  }
  // Two at once: answered in order.
  const std::string twice = request_text({"GET", "/none.js", "", "", {}}, rig.host(), false) +
                            request_text({}, rig.host(), true);
  connection.send(twice);
  EXPECT_EQ(connection.read_answer().status, 404U);
  EXPECT_EQ(connection.read_answer().status, 200U);
  EXPECT_TRUE(connection.read_to_end(20'000));
}

TEST(Connections, TooMuchIsRefusedWithItsStatus) {
  FrontRig rig;
  EXPECT_EQ(http(rig.port(), {"GET", "/", "", "", {{"X-Large", std::string(9'000, 'x')}}}).status,
            431U);
  EXPECT_EQ(
      http(rig.port(), {"POST", "/v1/meetings", std::string(api_key), std::string(70'000, ' '), {}})
          .status,
      413U);
  RawConnection garbage(rig.port());
  garbage.send("\x16\x03\x01\x02hello\r\n\r\n");
  EXPECT_EQ(garbage.read_answer().status, 400U);
  EXPECT_EQ(rig.refused(Refusal::large_request), 2U);
  EXPECT_EQ(rig.refused(Refusal::bad_request), 1U);
}

TEST(Connections, ASlowRequestIsCutOffWhateverItsPace) {
  Settings settings;
  settings.limits.read_timeout = std::chrono::milliseconds(300);
  FrontRig rig(settings);
  RawConnection slow(rig.port());
  slow.send("GET / HTTP/1.1\r\n");
  // One byte now and then keeps no connection open: the deadline is the request's.
  bool open = true;
  for (int i = 0; i < 500 && open; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    open = slow.send("X") && !slow.read_to_end(0);
  }
  EXPECT_FALSE(open);
  RawConnection mute(rig.port());
  EXPECT_TRUE(mute.read_to_end(20'000));
  EXPECT_EQ(rig.refused(Refusal::slow_request), 1U) << "who says nothing is idle, not slow";
  EXPECT_EQ(http(rig.port(), {}).status, 200U);
}

TEST(Connections, AreLimitedInNumberAndComeBack) {
  Settings settings;
  settings.limits.connections.all = 4;
  settings.limits.read_timeout = std::chrono::milliseconds(500);
  FrontRig rig(settings);
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 4; ++i) idle.push_back(std::make_unique<RawConnection>(rig.port()));
  for (const auto& connection : idle) EXPECT_TRUE(connection->read_to_end(20'000));
  EXPECT_EQ(http(rig.port(), {}).status, 200U);
}

TEST(Connections, WhoDawdlesMakesRoomForWhoAsks) {
  Settings settings;
  settings.limits.connections.guests_per_address = 3;
  settings.limits.read_timeout = std::chrono::minutes(5);
  FrontRig rig(settings);
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<RawConnection>(rig.port()));
    slow.back()->send("GET / HTTP/1.1\r\nX-Header: ");
    if (i % 10 == 0) {
      EXPECT_EQ(http(rig.port(), {}).status, 200U);
    }
  }
  EXPECT_EQ(http(rig.port(), {}).status, 200U);
  // Of those that dawdle, the ones that came first are gone.
  for (int i = 0; i < 47; ++i) EXPECT_TRUE(slow[static_cast<std::size_t>(i)]->read_to_end(20'000));
}

TEST(Connections, WhoDoesNotCloseAfterItsAnswerMakesRoomToo) {
  Settings settings;
  settings.limits.connections.guests_per_address = 3;
  settings.limits.close_timeout = std::chrono::minutes(5);
  FrontRig rig(settings);
  std::vector<std::unique_ptr<RawConnection>> answered;
  for (int i = 0; i < 10; ++i) {
    answered.push_back(std::make_unique<RawConnection>(rig.port()));
    answered.back()->send("nonsense\r\n\r\n");
    EXPECT_TRUE(answered.back()->read_to_end(20'000)) << i;
  }
  EXPECT_EQ(http(rig.port(), {}).status, 200U);
}

TEST(Tls, CarriesTheSame) {
  Settings settings;
  settings.tls = true;
  FrontRig rig(settings);
  const RawAnswer made =
      https(rig.port(), {"POST", "/v1/meetings", std::string(api_key), "{}", {}});
  ASSERT_EQ(made.status, 201U);
  EXPECT_TRUE(made.json()["join_url"].get<std::string>().starts_with("https://"));
  // Somebody who speaks plain HTTP to it gets nothing.
  RawConnection plain(rig.port());
  plain.send(request_text({}, rig.host()));
  EXPECT_EQ(plain.read_answer().status, 0U);
  EXPECT_EQ(rig.refused(Refusal::handshake), 1U);
}

}  // namespace
}  // namespace sluice::signaling
