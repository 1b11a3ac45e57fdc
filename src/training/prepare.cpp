#include "prepare.h"

#include <algorithm>
#include <numeric>

#include "split.h"

#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::training {
namespace {

Part make_part(const Table& table, const Labels& labels, const Encoding& encoding,
               std::vector<std::uint32_t> rows) {
  Part part{encode(table, encoding, rows), {}, {}};
  part.labels.reserve(rows.size());
  for (const auto row : rows) {
    part.labels.push_back(labels.values[row]);
  }
  part.rows = std::move(rows);
  return part;
}

Status add_test_file(FileSystem& files, const std::string& path, const Table& table,
                     const Labels& labels, PreparedData& data) {
  WATTLE_ASSIGN_OR_RETURN(const std::string file, find_data_file(files, path));
  WATTLE_ASSIGN_OR_RETURN(const Table test, read_table_like(file, table));
  WATTLE_ASSIGN_OR_RETURN(const Labels test_labels, read_labels_like(test, labels));
  std::vector<std::uint32_t> rows(test.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  data.test = make_part(test, test_labels, data.encoding, std::move(rows));
  WATTLE_ASSIGN_OR_RETURN(data.test_sha256, sha256_file(file));
  return {};
}

}  // namespace

Result<std::string> find_data_file(FileSystem& files, const std::string& path) {
  const auto names = files.list(path);
  if (!names.ok()) {
    return path;  // a file, or nothing: reading it says so
  }
  std::vector<std::string> tables;
  for (const auto& name : *names) {
    if (name.ends_with(".csv") || name.ends_with(".csv.gz")) {
      tables.push_back(name);
    }
  }
  if (tables.size() != 1) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("the folder ", path, " holds ", tables.size(),
                        " files named *.csv or *.csv.gz; name one file with --data"));
  }
  return path_join(path, tables.front());
}

Result<PreparedData> prepare(FileSystem& files, const DataOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const std::string path, find_data_file(files, options.path));
  WATTLE_ASSIGN_OR_RETURN(const Table table,
                          read_table(path, {options.target, options.task == Task::kClassification,
                                            options.ignored, options.categorical}));
  WATTLE_ASSIGN_OR_RETURN(Labels labels, read_labels(table, options.task));

  const std::vector<float> one_stratum(labels.task == Task::kRegression ? table.rows() : 0, 0.0F);
  const SplitFractions fractions{options.validation_fraction,
                                 options.test_path.empty() ? options.test_fraction : 0};
  auto split = split_rows(one_stratum.empty() ? labels.values : one_stratum, fractions,
                          Rng(static_cast<std::uint64_t>(options.seed)));
  if (!split.ok()) {
    return split.error().with_context(path);
  }
  PreparedData data;
  data.task = labels.task;
  data.classes = labels.classes;
  data.encoding = fit_encoding(table, split->train, options.one_hot_limit);
  data.train = make_part(table, labels, data.encoding, std::move(split->train));
  data.validation = make_part(table, labels, data.encoding, std::move(split->validation));
  data.test = make_part(table, labels, data.encoding, std::move(split->test));
  WATTLE_ASSIGN_OR_RETURN(data.sha256, sha256_file(path));
  if (!options.test_path.empty()) {
    WATTLE_RETURN_IF_ERROR(add_test_file(files, options.test_path, table, labels, data));
  }
  return data;
}

}  // namespace wattle::training
