// sluicectl doctor: is this machine fit for the instance that a configuration describes?
#include <sys/timex.h>

#include <algorithm>
#include <ostream>

#include "tools/sluicectl/commands.h"
#include "tools/sluicectl/doctor/checks.h"
#include "tools/sluicectl/json.h"

namespace sluice::ctl {

namespace {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::advice:
      return "advice";
    case Verdict::wrong:
      return "wrong";
  }
  return "";
}

bool clock_synchronized() {
  timex look{};
  return ::adjtimex(&look) != TIME_ERROR;
}

std::vector<Finding> examine(const Machine& machine, const config::Config& config,
                             bool synchronized) {
  std::vector<Finding> all;
  check_processor(machine, config, all);
  check_isolation(machine, config, all);
  check_memory(machine, config, all);
  check_ports(machine, config, all);
  check_files(machine, config, all);
  check_clock(machine, synchronized, all);
  return all;
}

std::ptrdiff_t count(const std::vector<Finding>& all, Verdict verdict) {
  return std::count_if(all.begin(), all.end(),
                       [&](const Finding& f) { return f.verdict == verdict; });
}

void print_findings(const std::vector<Finding>& all, std::ostream& out) {
  std::size_t width = 0;
  for (const Finding& f : all) width = std::max(width, f.subject.size());
  const auto padded = [](std::string text, std::size_t to) {
    text.resize(std::max(text.size(), to), ' ');
    return text;
  };
  for (const Finding& f : all) {
    const std::string verdict = padded(name_of(f.verdict), std::string_view("advice").size());
    out << verdict << "  " << padded(f.subject, width) << "  " << f.what;
    if (!f.remedy.empty()) out << "; remedy: " << f.remedy;
    out << '\n';
  }
  out << count(all, Verdict::ok) << " ok, " << count(all, Verdict::advice) << " advice, "
      << count(all, Verdict::wrong) << " wrong\n";
}

void print_findings_json(const std::vector<Finding>& all, const std::string& file,
                         std::ostream& out) {
  Json json = {{"config", file},
               {"ok", count(all, Verdict::ok)},
               {"advice", count(all, Verdict::advice)},
               {"wrong", count(all, Verdict::wrong)},
               {"findings", Json::array()}};
  for (const Finding& f : all) {
    json["findings"].push_back({{"verdict", name_of(f.verdict)},
                                {"subject", f.subject},
                                {"what", f.what},
                                {"remedy", f.remedy.empty() ? Json() : Json(f.remedy)}});
  }
  print_json(out, json);
}

}  // namespace

ExitCode examine_machine(const Options& options, const std::string& file, const std::string& root,
                         Output output) {
  const auto config = config::load_file(file);
  if (!config.ok()) {
    output.err << config.error().message << '\n';
    return ExitCode::usage;
  }
  // The kernel's clock is that of this machine, not of what lies below another root.
  const bool synchronized = root.empty() && clock_synchronized();
  const auto all = examine(Machine(root), *config, synchronized);
  if (options.json) {
    print_findings_json(all, file, output.out);
  } else {
    print_findings(all, output.out);
  }
  return count(all, Verdict::wrong) == 0 ? ExitCode::ok : ExitCode::finding;
}

}  // namespace sluice::ctl
