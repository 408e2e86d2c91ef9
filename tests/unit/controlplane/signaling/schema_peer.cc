// What schema_test.py talks to: prints the samples, and says of each line on stdin what the parser
// makes of it.
//
//   schema_peer client|server   one sample per line
//   schema_peer parse           per line: "ok TYPE" or "fault MESSAGE"
#include <iostream>
#include <string>

#include "controlplane/signaling/client_message.h"
#include "tests/unit/controlplane/signaling/samples.h"

using namespace sluice::signaling;

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode == "client") {
    for (const std::string& sample : client_samples()) std::cout << sample << '\n';
  } else if (mode == "server") {
    for (const ServerMessage& m : server_samples()) std::cout << write_server_message(m) << '\n';
  } else if (mode == "parse") {
    for (std::string line; std::getline(std::cin, line);) {
      const auto message = parse_client_message(line);
      if (message) {
        std::cout << "ok " << type_name(*message) << '\n';
      } else {
        std::cout << "fault " << message.error().message << '\n';
      }
    }
  } else {
    return 2;
  }
  return 0;
}
