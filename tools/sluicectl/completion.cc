// sluicectl completion: a script for bash, made from the command line's own table.
#include <set>
#include <sstream>

#include "tools/sluicectl/syntax.h"

namespace sluice::ctl {

namespace {

constexpr const char* opening = R"(# Completes sluicectl in bash; made by: sluicectl completion
_sluicectl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command="" words="" i
  # The words that are neither options nor their values: the command so far.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
)";
constexpr const char* after_values = R"(      -*) ;;
      *) command+="${command:+ }${COMP_WORDS[i]}" ;;
    esac
  done
  case $previous in
)";
constexpr const char* after_previous = R"(  esac
  case $command in
)";
constexpr const char* closing = R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _sluicectl sluicectl
)";

constexpr const char* complete_files =
    "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return";
constexpr const char* complete_directories =
    "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return";

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : between) + w;
  return text;
}

// What bash does where a value is due that anything may be.
const char* completion_of(const std::string& value) {
  if (value == "FILE") return complete_files;
  if (value == "DIRECTORY") return complete_directories;
  return "COMPREPLY=(); return";
}

// Options of the program itself may stand behind every command.
void write_command(const CommandSyntax& command, const CommandSyntax& program,
                   std::ostringstream& out) {
  std::vector<std::string> words = command.commands;
  bool files = false;
  std::set<std::string> seen;
  for (const auto* list : {&command.arguments, &program.arguments}) {
    for (const ArgumentSyntax& a : *list) {
      if (!seen.insert(a.name).second) continue;
      if (a.is_option()) words.push_back(a.name);
      words.insert(words.end(), a.choices.begin(), a.choices.end());
      files = files || (!a.is_option() && a.value == "FILE");
    }
  }
  out << "    \"" << command.name << "\") words=\"" << joined(words, " ") << "\"";
  if (files) out << "; [[ $current == -* ]] || { " << complete_files << "; }";
  out << " ;;\n";
}

}  // namespace

std::string bash_completion(const std::vector<CommandSyntax>& syntax) {
  std::vector<std::string> with_value, cases;
  std::set<std::string> seen;
  for (const CommandSyntax& command : syntax) {
    for (const ArgumentSyntax& a : command.arguments) {
      if (!a.is_option() || a.value.empty() || !seen.insert(a.name).second) continue;
      with_value.push_back(a.name);
      cases.push_back(a.name + ") " + completion_of(a.value));
    }
  }
  std::ostringstream out;
  out << opening << "      " << joined(with_value, "|") << ") ((i++)) ;;\n" << after_values;
  for (const std::string& c : cases) out << "    " << c << " ;;\n";
  out << after_previous;
  for (const CommandSyntax& command : syntax) write_command(command, syntax.front(), out);
  out << closing;
  return out.str();
}

}  // namespace sluice::ctl
