#include "table.h"

#include <algorithm>
#include <memory>
#include <set>

#include "wattle/base/csv.h"
#include "wattle/base/text.h"

namespace wattle::training {
namespace {

/// Where a column of the file goes; position in the file, and its builder.
struct Slot {
  std::size_t position;
  ColumnBuilder builder;
};

Status check_header(const std::string& path, const std::vector<std::string>& header) {
  std::set<std::string_view> names;
  for (const auto& name : header) {
    if (trim(name).empty()) {
      return Error(ErrorCode::kParse, concat(path, ":1: a column has no name"));
    }
    if (!names.insert(name).second) {
      return Error(ErrorCode::kParse,
                   concat(path, ":1: two columns are named '", name, "'; rename one"));
    }
  }
  if (header.size() > kColumnsLimit) {
    return Error(ErrorCode::kParse, concat(path, ":1: has ", header.size(), " columns; at most ",
                                           kColumnsLimit, " are read"));
  }
  return {};
}

Status add_row(const CsvReader& reader, const std::vector<std::string>& row, Slot& target,
               std::vector<Slot>& features, const std::string& path) {
  const std::string& label = row[target.position];
  if (is_missing(trim(label))) {
    return reader.error("the target is missing; fill it in or remove the row");
  }
  const auto add = [&](Slot& slot) -> Status {
    const auto added = slot.builder.add(row[slot.position], reader.line());
    return added.ok() ? Status()
                      : Error(added.error().code(), concat(path, ":", slot.builder.bad_line(), ": ",
                                                           added.error().message()));
  };
  WATTLE_RETURN_IF_ERROR(add(target));
  for (auto& slot : features) {
    WATTLE_RETURN_IF_ERROR(add(slot));
  }
  return {};
}

Result<Column> finish(Slot& slot, const std::string& path) {
  auto column = slot.builder.finish();
  return column.ok() ? std::move(column)
                     : Error(column.error().code(), concat(path, ":", slot.builder.bad_line(), ": ",
                                                           column.error().message()));
}

Result<Table> read_rows(CsvReader& reader, Slot target, std::vector<Slot> features,
                        const std::string& path) {
  std::size_t rows = 0;
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const auto* row, reader.next());
    if (row == nullptr) {
      break;
    }
    ++rows;
    if (rows * (features.size() + 1) > kCellsLimit) {
      return reader.error(concat("the table is too large: over ", kCellsLimit, " cells"));
    }
    WATTLE_RETURN_IF_ERROR(add_row(reader, *row, target, features, path));
  }
  if (rows == 0) {
    return Error(ErrorCode::kParse, path + ": the file has a header and no rows");
  }
  Table table;
  table.path = path;
  WATTLE_ASSIGN_OR_RETURN(table.target, finish(target, path));
  for (auto& slot : features) {
    WATTLE_ASSIGN_OR_RETURN(Column column, finish(slot, path));
    table.features.push_back(std::move(column));
  }
  return table;
}

/// An unknown column is the user's slip in an argument, not a missing object.
Result<std::size_t> find_column(const CsvReader& reader, std::string_view name) {
  const auto position = reader.column(name);
  return position.ok() ? position : Error(ErrorCode::kInvalidArgument, position.error().message());
}

}  // namespace

Result<Table> read_table(const std::string& path, const TableOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::open(path));
  WATTLE_RETURN_IF_ERROR(check_header(path, reader->header()));
  WATTLE_ASSIGN_OR_RETURN(const std::size_t target, find_column(*reader, options.target));
  for (const auto* names : {&options.ignored, &options.categorical}) {
    for (const auto& name : *names) {
      WATTLE_RETURN_IF_ERROR([&]() -> Status {
        WATTLE_ASSIGN_OR_RETURN([[maybe_unused]] const std::size_t position,
                                find_column(*reader, name));
        return {};
      }());
    }
  }
  const auto kind_of = [&](const std::string& name, bool is_text) -> std::optional<ColumnKind> {
    if (is_text || std::ranges::find(options.categorical, name) != options.categorical.end()) {
      return ColumnKind::kText;
    }
    return std::nullopt;
  };
  std::vector<Slot> features;
  for (std::size_t i = 0; i < reader->header().size(); ++i) {
    const auto& name = reader->header()[i];
    if (i != target && std::ranges::find(options.ignored, name) == options.ignored.end()) {
      features.push_back({i, ColumnBuilder(name, kind_of(name, false))});
    }
  }
  if (features.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(path, " has no column beside the target '", options.target, "'"));
  }
  return read_rows(
      *reader,
      {target, ColumnBuilder(options.target, kind_of(options.target, options.target_is_text))},
      std::move(features), path);
}

Result<Table> read_table_like(const std::string& path, const Table& model) {
  WATTLE_ASSIGN_OR_RETURN(const auto reader, CsvReader::open(path));
  WATTLE_RETURN_IF_ERROR(check_header(path, reader->header()));
  WATTLE_ASSIGN_OR_RETURN(const std::size_t target, find_column(*reader, model.target.name));
  std::vector<Slot> features;
  for (const auto& column : model.features) {
    WATTLE_ASSIGN_OR_RETURN(const std::size_t position, find_column(*reader, column.name));
    features.push_back({position, ColumnBuilder(column.name, column.kind)});
  }
  return read_rows(*reader, {target, ColumnBuilder(model.target.name, model.target.kind)},
                   std::move(features), path);
}

}  // namespace wattle::training
