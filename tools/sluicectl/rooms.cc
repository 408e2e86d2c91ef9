// sluicectl rooms: meetings and who is in them, as the running control plane says.
#include <ostream>

#include "tools/sluicectl/admin_client.h"
#include "tools/sluicectl/json.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

Json rooms_json(const schema::RoomList& list) {
  Json json = Json::array();
  for (const auto& room : list.rooms()) {
    Json participants = Json::array();
    for (const auto& p : room.participants()) {
      participants.push_back({{"id", p.id()}, {"name", p.name()}, {"state", p.state()}});
    }
    json.push_back({{"meeting_id", room.meeting_id()},
                    {"created_unix_ms", room.created_unix_ms()},
                    {"participants", std::move(participants)}});
  }
  return json;
}

// Names are typed by guests: nothing in them may steer the terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

void print_rooms(const schema::RoomList& list, std::ostream& out) {
  TextTable table({"meeting", ">age", "participant", "name", "state"});
  for (const auto& room : list.rooms()) {
    const std::string age = age_text(unix_now() - room.created_unix_ms() * ns_per_ms);
    if (room.participants().empty()) table.add({room.meeting_id(), age, "", "", "empty"});
    for (const auto& p : room.participants()) {
      table.add({room.meeting_id(), age, p.id(), printable(p.name()), p.state()});
    }
  }
  if (table.empty()) {
    out << "no meetings\n";
  } else {
    out << table;
  }
}

}  // namespace

ExitCode show_rooms(const Options& options, Output output) {
  schema::AdminRequest request;
  request.mutable_list_rooms();
  const auto response = ask(options.socket, request);
  if (!response.ok()) {
    output.err << response.error().message << '\n';
    return ExitCode::unreachable;
  }
  if (!response->error().empty()) {
    output.err << "the control plane refused: " << response->error() << '\n';
    return ExitCode::unreachable;
  }
  if (options.json) {
    print_json(output.out, {{"rooms", rooms_json(response->rooms())}});
  } else {
    print_rooms(response->rooms(), output.out);
  }
  return ExitCode::ok;
}

}  // namespace sluice::ctl
