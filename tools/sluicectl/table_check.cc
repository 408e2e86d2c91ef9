// sluicectl table check: does the region make sense?
#include "common/shm/table_check.h"

#include <ostream>

#include "tools/sluicectl/json.h"
#include "tools/sluicectl/table_names.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

ExitCode check_table(const Options& options, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  const std::vector<shm::Finding> findings = shm::check_tables(view->region());
  std::size_t errors = 0;
  for (const shm::Finding& f : findings) errors += f.warning ? 0 : 1;

  if (options.json) {
    Json json = region_json(*view);
    json["errors"] = errors;
    json["warnings"] = findings.size() - errors;
    json["findings"] = Json::array();
    for (const shm::Finding& f : findings) {
      json["findings"].push_back({{"table", table_name(f.table)},
                                  {f.table == shm::TableId::none ? "worker" : "slot", f.slot},
                                  {"severity", f.warning ? "warning" : "error"},
                                  {"text", f.text}});
    }
    print_json(output.out, json);
  } else {
    view->print_age(output.out);
    TextTable table({"severity", "table", ">slot", "finding"});
    for (const shm::Finding& f : findings) {
      table.add(
          {f.warning ? "warning" : "ERROR", table_name(f.table), std::to_string(f.slot), f.text});
    }
    if (!table.empty()) output.out << table;
    output.out << errors << " errors, " << findings.size() - errors << " warnings\n";
  }
  return errors == 0 ? ExitCode::ok : ExitCode::finding;
}

}  // namespace sluice::ctl
