#include "tools/sluicectl/syntax.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace sluice::ctl {

namespace {

// CLI11 writes what a value may be behind its kind: "TABLE:{endpoint,track}".
std::vector<std::string> choices_of(const std::string& kind) {
  std::vector<std::string> choices;
  const std::size_t open = kind.find('{');
  if (open == std::string::npos) return choices;
  std::istringstream list(kind.substr(open + 1, kind.find('}') - open - 1));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

void add_commands(const CLI::App& app, const std::string& name, std::vector<CommandSyntax>& all) {
  CommandSyntax command{name, app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    const bool flag = option->get_type_size_max() == 0;
    const std::string kind = flag ? std::string() : option->get_type_name();
    const bool positional = option->get_positional();
    command.arguments.push_back(
        {positional ? option->get_name(true, false) : "--" + option->get_lnames().at(0),
         kind.substr(0, kind.find(':')), choices_of(kind), option->get_description()});
  }
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : below) command.commands.push_back(sub->get_name());
  all.push_back(std::move(command));
  for (const CLI::App* sub : below) {
    add_commands(*sub, (name.empty() ? "" : name + " ") + sub->get_name(), all);
  }
}

}  // namespace

std::vector<CommandSyntax> syntax_of(const CLI::App& app) {
  std::vector<CommandSyntax> all;
  add_commands(app, "", all);
  return all;
}

}  // namespace sluice::ctl
