// From a table to what a model eats: read, divide, encode.
//
// Units:    those of the data. Threads: pure functions but for reading files.
// Errors:   those of table.h, labels.h and split.h. Lifetime: value types.
#pragma once

#include <string>
#include <vector>

#include "encoding.h"
#include "labels.h"
#include "options.h"

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::training {

/// Rows of one purpose.
struct Part {
  Matrix features;
  std::vector<float> labels;
  std::vector<std::uint32_t> rows;  // positions in its file, the first row after the header is 0
};

struct PreparedData {
  Task task = Task::kClassification;
  std::vector<std::string> classes;
  Encoding encoding;
  Part train;
  Part validation;  // may be empty
  Part test;        // may be empty
  std::string sha256;
  std::string test_sha256;  // "" without a test file

  bool has_validation() const { return !validation.labels.empty(); }
  bool is_binary() const { return task == Task::kClassification && classes.size() == 2; }
};

/// A folder (as the container contract names a channel) stands for the one CSV file in it.
Result<std::string> find_data_file(FileSystem& files, const std::string& path);

Result<PreparedData> prepare(FileSystem& files, const DataOptions& options);

}  // namespace wattle::training
