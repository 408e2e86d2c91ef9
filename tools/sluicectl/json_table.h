// Rows of JSON as a table for people: a column per key, with the unit its reader wants.
#pragma once

#include <string>
#include <vector>

#include "tools/sluicectl/json.h"

namespace sluice::ctl {

enum class CellForm {
  plain,    // as it is
  count,    // grouped digits
  scaled,   // "1.50 M"
  age_ms,   // "850 ms", "12.3 s"
  ms,       // "12.5 ms"
  percent,  // "1.2 %", of a value in percent
};

struct JsonColumn {
  const char* key;
  const char* title;  // as of TextTable
  CellForm form = CellForm::plain;
};

// A null, or a key that a row lacks, is "-". Nothing but "`noun`: none" when there are no rows.
void print_table(const Json& rows, const std::vector<JsonColumn>& columns, const char* noun,
                 std::ostream& out);

}  // namespace sluice::ctl
