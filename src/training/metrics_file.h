// The file of metrics: one JSON object per line, in the order of the rounds.
//
// Units:    in the names. Threads: one. Lifetime: borrows its FileSystem.
// Errors:   the file system's. A line is appended whole or the training ends with the reason.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wattle/base/file.h"
#include "wattle/base/result.h"

namespace wattle::training {

class MetricsFile {
 public:
  /// An empty path is a file that swallows everything. A file that is `shared` keeps what it holds;
  /// another begins empty. `done` holds the lines that an earlier attempt had written up to its
  /// checkpoint: what it wrote after them is cut off, since those rounds come again.
  struct Options {
    std::string path;
    bool is_shared = false;
    std::string done;
  };
  static Result<MetricsFile> open(FileSystem& files, const Options& options);

  Status append(std::string_view line);

 private:
  std::unique_ptr<AppendFile> file_;
};

}  // namespace wattle::training
