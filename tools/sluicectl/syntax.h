// The command line as data: what completes it and what checks its documentation read the same
// table that parses it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::ctl {

struct ArgumentSyntax {
  std::string name;   // "--interval", or of a positional "file"
  std::string value;  // what it takes: "FILE", "DIRECTORY", "SECONDS", ...; empty for a flag
  std::vector<std::string> choices;  // all that the value may be; empty = anything
  std::string help;

  bool is_option() const { return name.starts_with("-"); }
};

struct CommandSyntax {
  std::string name;  // "table check"; empty for what stands before the command
  std::string help;
  std::vector<std::string> commands;  // what may follow: "check", "show"
  std::vector<ArgumentSyntax> arguments;
};

// The program itself first, then its commands, each before those below it.
std::vector<CommandSyntax> syntax_of(const CLI::App& app);
std::vector<CommandSyntax> sluicectl_syntax();

// A bash script that completes commands, options, their choices and files.
std::string bash_completion(const std::vector<CommandSyntax>& syntax);

}  // namespace sluice::ctl
