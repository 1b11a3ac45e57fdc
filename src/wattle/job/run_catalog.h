// The runs under a home, as files: made, listed, found by the beginning of their id.
//
// Units:    none. Errors: kNotFound for an id that names no run (the nearest habit is said),
// kInvalidArgument for one
//           that names several; a damaged run is listed with its error and hides no other.
// Threads:  one thread. Lifetime: borrows the FileSystem.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/job/run_record.h"
#include "wattle/store/home.h"

namespace wattle::job {

class RunCatalog {
 public:
  RunCatalog(FileSystem& files, store::Home home) : files_(files), home_(std::move(home)) {}

  const store::Home& home() const { return home_; }

  /// Makes the run's folder and writes its record: from here on the run exists.
  Status add(const RunRecord& record);
  /// Every run's id, newest first.
  Result<std::vector<std::string>> ids() const;
  /// The one id that begins with `prefix` (any case); "last" is the newest.
  Result<std::string> find(std::string_view prefix) const;
  Result<RunRecord> load(std::string_view id) const;

  /// Attempt numbers that have a folder, in order.
  std::vector<std::uint32_t> attempts(std::string_view id) const;
  /// The folder of a run's newest attempt, or nothing when none was begun.
  std::optional<std::uint32_t> last_attempt(std::string_view id) const;

  Result<messages::Receipt> receipt(std::string_view id) const;
  Status save_receipt(const messages::Receipt& receipt);

 private:
  FileSystem& files_;
  store::Home home_;
};

}  // namespace wattle::job
