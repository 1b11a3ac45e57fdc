// The runs under a home, as folders: made, listed, read. What is asked of all runs is the
// database's; here it costs a walk over every folder.
//
// Units:    none. Errors: as FileSystem; kParse, with the path, for a damaged record.
// Threads:  one thread. Lifetime: borrows the FileSystem.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/job/run_index.h"
#include "wattle/job/run_record.h"
#include "wattle/store/home.h"

namespace wattle::job {

class RunCatalog final : public RunIndex {
 public:
  RunCatalog(FileSystem& files, store::Home home) : files_(files), home_(std::move(home)) {}

  const store::Home& home() const { return home_; }

  /// Makes the run's folder and writes its record: from here on the run exists.
  Status add(const RunRecord& record);
  /// Every run's id, newest first.
  Result<std::vector<std::string>> ids() const;
  Result<std::vector<std::string>> during(UtcTime from, UtcTime to) override;
  Result<std::vector<std::string>> same_job(const RunRecord& record, std::size_t limit) override;
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
