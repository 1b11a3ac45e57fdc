// Which runs there are, asked by those who settle and predict: out of the database, or, where none
// can be opened, out of the folders.
//
// Units:    UtcTime. Errors: as what it reads. Threads: as its implementation.
// Lifetime: borrows what it was made with.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/time.h"
#include "wattle/job/run_record.h"

namespace wattle::job {

class RunIndex {
 public:
  virtual ~RunIndex() = default;
  /// Runs that had an attempt between the two instants, and perhaps a few more; `to` 0: until now.
  virtual Result<std::vector<std::string>> during(UtcTime from, UtcTime to) = 0;
  /// Earlier successful runs of the same job in the same folder, newest first.
  virtual Result<std::vector<std::string>> same_job(const RunRecord& record, std::size_t limit) = 0;
};

}  // namespace wattle::job
