#include "tests/unit/controlplane/signaling/samples.h"

namespace sluice::signaling {

std::vector<std::string> client_samples() {
  return {
      R"({"type":"hello","version":1,"decode":["VP8","opus"]})",
      R"({"type":"hello","version":1,"decode":[],"resume":false,"unknown":{"to":"us"}})",
      R"({"type":"publish_offer","negotiation":1,"sdp":"v=0",)"
      R"("sources":{"0":"microphone","1":"camera"}})",
      R"({"type":"publish_offer","negotiation":9007199254740991,"sdp":"v=0","sources":{}})",
      R"({"type":"receive_answer","negotiation":2,"sdp":"v=0"})",
      R"({"type":"receive_answer","negotiation":2,"sdp":"v=0","transport_id":"abc"})",
      R"({"type":"candidate","transport":"publish",)"
      R"("candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","mid":"0"})",
      R"({"type":"candidate","transport":"receive","candidate":""})",
      R"({"type":"restart_ice","transport":"receive"})",
      R"({"type":"mute","source":"screen_audio","muted":true})",
      R"({"type":"view","tiles":[{"participant_id":"ada","source":"camera","encoding_cap":0},)"
      R"({"participant_id":"bob","source":"screen"}]})",
      R"({"type":"view","tiles":[]})",
      R"({"type":"host_mute","participant_id":"bob","source":"microphone"})",
      R"({"type":"host_remove","participant_id":"bob"})",
      R"({"type":"chat","text":"h\u00e9llo \ud83d\udc4b"})",
      R"({"type":"renew_token"})",
      R"({"type":"leave"})",
  };
}

std::vector<ServerMessage> server_samples() {
  const TrackView camera{Source::camera, true, 0xffffffff, "VP8"};
  const ParticipantView ada{"ada", "Ada \"L\"", Role::host, Presence::connected, {camera}};
  const ParticipantView bob{"bob", "", Role::presenter, Presence::reconnecting, {}};
  Welcome welcome;
  welcome.participant_id = "ada";
  welcome.role = Role::host;
  welcome.resumed = true;
  welcome.meeting_id = "m";
  welcome.meeting_name = "Weekly";
  welcome.codecs = {"opus", "VP8"};
  welcome.participants = {ada, bob};
  return {
      welcome,
      PublishAnswer{1, "v=0"},
      ReceiveOffer{2, "v=0", "transport"},
      Refused{3, Transport::publish, "m-line 0: no codec in common"},
      IceRestartWanted{Transport::publish},
      Token{"a.b.c", 3'600},
      ErrorMessage{ErrorCode::forbidden, "only a host may do this", "host_mute"},
      ErrorMessage{ErrorCode::too_many, "slow down", ""},
      UserJoined{bob},
      UserLeft{"bob", Departure::removed},
      UserLeft{"bob", Departure::lost},
      MuteChanged{"ada", Source::microphone, true, "bob"},
      ScreenshareStarted{"ada"},
      ScreenshareStopped{"ada"},
      TrackChanged{"ada", camera, true},
      SubscriptionChanged{"ada", Source::camera, Phase::undecodable, "", "AV1", ""},
      SubscriptionChanged{"ada", Source::screen, Phase::open, "3", "VP8", ""},
      Speaking{"ada", true, 127},
      StateChanged{"ada", Presence::reconnecting},
      TransportChanged{Transport::receive, TransportPhase::silent, "no consent"},
      ChatSaid{"ada", "Ada", "hi \xff not utf-8", 1'700'000'000'007},
      CodecsChanged{{"opus"}},
      Removed{"bob"},
      RoleChanged{"bob", Role::attendee},
      UserLeft{"bob", Departure::moved},
  };
}

}  // namespace sluice::signaling
