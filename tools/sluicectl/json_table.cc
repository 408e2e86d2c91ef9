#include "tools/sluicectl/json_table.h"

#include <cstdio>

#include "tools/sluicectl/text_table.h"

namespace sluice::ctl {

namespace {

std::string with_unit(double value, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %s", value, unit);
  return text;
}

std::string cell(const Json& row, const JsonColumn& column) {
  const auto at = row.find(column.key);
  if (at == row.end() || at->is_null()) return "-";
  switch (column.form) {
    case CellForm::count:
      return grouped(at->get<uint64_t>());
    case CellForm::scaled:
      return scaled(at->get<double>());
    case CellForm::age_ms:
      return age_text(static_cast<int64_t>(at->get<double>() * 1e6));
    case CellForm::ms:
      return with_unit(at->get<double>(), "ms");
    case CellForm::percent:
      return with_unit(at->get<double>(), "%");
    case CellForm::plain:
      break;
  }
  if (at->is_boolean()) return at->get<bool>() ? "yes" : "no";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

}  // namespace

void print_table(const Json& rows, const std::vector<JsonColumn>& columns, const char* noun,
                 std::ostream& out) {
  if (rows.empty()) {
    out << noun << ": none\n";
    return;
  }
  std::vector<std::string> titles;
  for (const JsonColumn& c : columns) titles.emplace_back(c.title);
  TextTable table(std::move(titles));
  for (const Json& row : rows) {
    std::vector<std::string> cells;
    for (const JsonColumn& c : columns) cells.push_back(cell(row, c));
    table.add(std::move(cells));
  }
  out << table;
}

}  // namespace sluice::ctl
