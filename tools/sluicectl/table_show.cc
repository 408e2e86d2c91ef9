// sluicectl table show: the slots in use, one line or object each.
#include <ostream>

#include "tools/sluicectl/json.h"
#include "tools/sluicectl/row_json.h"
#include "tools/sluicectl/table_names.h"
#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

using shm::TableId;

// Columns are the scalar fields of a row's JSON, in its order; what is nested is left to --json.
void print_rows(const Json& rows, const char* title, std::ostream& out) {
  if (rows.empty()) {
    out << title << ": none\n";
    return;
  }
  std::vector<std::string> keys;
  std::vector<std::string> titles;
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.items()) {
      if (value.is_structured() || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      keys.push_back(key);
      titles.push_back((value.is_number() ? ">" : "") + key);
    }
  }
  TextTable table(std::move(titles));
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& key : keys) {
      const auto cell = row.find(key);
      if (cell == row.end() || cell->is_null()) {
        cells.emplace_back("-");
      } else {
        cells.push_back(cell->is_string() ? cell->get<std::string>() : cell->dump());
      }
    }
    table.add(std::move(cells));
  }
  out << title << '\n' << table;
}

}  // namespace

ExitCode show_table(const Options& options, const std::string& noun, Output output) {
  const auto view = RegionView::open(options, output);
  if (!view) return ExitCode::unreachable;
  Json json = region_json(*view);
  if (!options.json) view->print_age(output.out);
  for (const TableId t : all_tables) {
    if (!noun.empty() && noun != table_name(t)) continue;
    Json rows = rows_json(view->region(), t);
    if (options.json) {
      json["tables"][table_name(t)] = std::move(rows);
    } else {
      print_rows(rows, table_name(t), output.out);
    }
  }
  if (options.json) print_json(output.out, json);
  return ExitCode::ok;
}

}  // namespace sluice::ctl
