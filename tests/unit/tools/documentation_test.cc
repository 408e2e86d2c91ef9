// What the man page and bash's completion say of sluicectl, held against the table that parses its
// command line.
#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "tests/unit/tools/instance.h"
#include "tools/sluicectl/syntax.h"

namespace sluice::ctl {
namespace {

using Options = std::set<std::string>;

// Heading of a section ("OPTIONS", "table check") -> the options it describes.
std::map<std::string, Options> sections_of_man_page() {
  std::map<std::string, Options> sections;
  std::ifstream page(SLUICE_SOURCE_ROOT "/conf/man/sluicectl.1");
  std::string heading;
  const std::regex item(R"(\.BI? (\\-\\-[a-z\\-]+).*)");
  for (std::string line; std::getline(page, line);) {
    std::smatch found;
    if (line.starts_with(".SH ") || line.starts_with(".SS ")) {
      heading = line.substr(4);
      std::erase(heading, '"');
      sections[heading];
    } else if (std::regex_match(line, found, item)) {
      std::string option = found[1];
      std::erase(option, '\\');
      sections[heading].insert(option);
    }
  }
  return sections;
}

Options options_of(const CommandSyntax& command) {
  Options options;
  for (const ArgumentSyntax& a : command.arguments) {
    if (a.is_option()) options.insert(a.name);
  }
  return options;
}

TEST(ManPage, describes_every_command_and_option_and_no_other) {
  auto sections = sections_of_man_page();
  const auto syntax = sluicectl_syntax();
  EXPECT_EQ(sections["OPTIONS"], options_of(syntax.front()));
  for (const CommandSyntax& command : syntax) {
    if (command.name.empty() || !command.commands.empty()) continue;
    ASSERT_TRUE(sections.contains(command.name)) << command.name;
    Options own = options_of(command);
    own.erase("--help");  // every command has it
    EXPECT_EQ(sections[command.name], own) << command.name;
    sections.erase(command.name);
  }
  for (const auto& [heading, options] : sections) {
    EXPECT_TRUE(std::ranges::none_of(heading, [](char c) { return c >= 'a' && c <= 'z'; }))
        << "no such command: " << heading;
  }
}

TEST(ManPage, says_every_exit_code) {
  std::ifstream page(SLUICE_SOURCE_ROOT "/conf/man/sluicectl.1");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  for (const ExitCode code :
       {ExitCode::ok, ExitCode::finding, ExitCode::usage, ExitCode::unreachable}) {
    const std::string item = "\n.B " + std::to_string(static_cast<int>(code)) + "\n";
    EXPECT_NE(text.find(item), std::string::npos) << item;
  }
}

// What bash itself proposes behind these words, the last of which is being typed.
std::set<std::string> proposals(const std::vector<std::string>& words) {
  const shm::RegionDirectory directory;
  const std::string script = directory.path() + "/ask.bash";
  std::ofstream out(script);
  out << sluicectl({"completion"}).out << "COMP_WORDS=(sluicectl";
  for (const std::string& w : words) out << " '" << w << "'";
  out << ")\nCOMP_CWORD=" << words.size() << "\n_sluicectl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  out.close();
  std::set<std::string> answers;
  FILE* bash = popen(("bash --norc -u " + script + " 2>&1").c_str(), "r");
  if (bash == nullptr) return answers;
  char line[4'096];
  while (std::fgets(line, sizeof line, bash) != nullptr) {
    std::string answer = line;
    answer.pop_back();
    if (!answer.empty()) answers.insert(answer);
  }
  EXPECT_EQ(pclose(bash), 0);
  return answers;
}

std::vector<std::string> words_of(const std::string& command) {
  std::istringstream in(command);
  return {std::istream_iterator<std::string>(in), {}};
}

TEST(Completion, proposes_every_command_and_option_and_no_other) {
  const auto syntax = sluicectl_syntax();
  const Options everywhere = options_of(syntax.front());
  for (const CommandSyntax& command : syntax) {
    if (command.name == "config check") continue;  // files
    std::set<std::string> wanted = options_of(command);
    wanted.insert(everywhere.begin(), everywhere.end());
    wanted.insert(command.commands.begin(), command.commands.end());
    for (const ArgumentSyntax& a : command.arguments) {
      wanted.insert(a.choices.begin(), a.choices.end());
    }
    std::vector<std::string> words = words_of(command.name);
    words.emplace_back();
    EXPECT_EQ(proposals(words), wanted) << command.name;
  }
}

TEST(Completion, knows_values_of_options) {
  using Words = std::set<std::string>;
  EXPECT_EQ(proposals({"--region", "/dev/shm", "table", "ch"}), Words{"check"})
      << "the value is no command";
  EXPECT_EQ(proposals({"table", "show", "str"}), Words{"stream"});
  EXPECT_EQ(proposals({"stat", "--interval", ""}), Words()) << "a number";
  const shm::RegionDirectory directory;
  std::ofstream(directory.path() + "/a file.yaml") << "\n";
  const Words file = {directory.path() + "/a file.yaml"};
  EXPECT_EQ(proposals({"--config", directory.path() + "/a"}), file);
  EXPECT_EQ(proposals({"config", "check", directory.path() + "/a"}), file);
  EXPECT_EQ(proposals({"--region", directory.path() + "/a"}), Words()) << "a directory";
}

}  // namespace
}  // namespace sluice::ctl
