// A CSV file in memory, column by column, with the target apart from the features.
//
// Units:    those of the user's data. Threads: pure functions. Lifetime: a value type.
// Errors:   kParse with "FILE:LINE: ..." for a bad row, a bad cell, a missing target; kNotFound
//           with the nearest name for an unknown column; kInvalidArgument for a table that cannot
//           be learned from.
#pragma once

#include <string>
#include <vector>

#include "column.h"

#include "wattle/base/result.h"

namespace wattle::training {

inline constexpr std::size_t kColumnsLimit = 20'000;
/// Cells in memory: 8 GB at four bytes each.
inline constexpr std::size_t kCellsLimit = 2'000'000'000;

struct Table {
  std::string path;
  std::vector<Column> features;
  Column target;

  std::size_t rows() const { return target.size(); }
};

struct TableOptions {
  std::string target;
  bool target_is_text = false;
  std::vector<std::string> ignored;
  std::vector<std::string> categorical;
};

/// Reads a whole CSV or CSV.gz file.
Result<Table> read_table(const std::string& path, const TableOptions& options);

/// Reads a second file with the columns and kinds of `model`, in whatever order it has them.
/// Further columns are left out.
Result<Table> read_table_like(const std::string& path, const Table& model);

}  // namespace wattle::training
