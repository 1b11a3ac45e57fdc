// Removes from a home what nobody needs: artifacts, folders of runs that never were, secrets of
// runs that have ended, and, where it is asked for, the bulky files of old runs.
//
// Of an old run stay its record, its receipt, how its attempts ended, and the segments of what they
// used: with these, sums of energy over any period stay what they were. What moves, rests or waits
// is never touched.
//
// Units:    bytes, UTC.
// Errors:   as the database and the file system; what was removed until then is removed.
// Threads:  one thread; other processes may submit, resume and run meanwhile.
// Lifetime: borrows its parts.
// See:      docs/reference/home.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/time.h"
#include "wattle/executor/secret_vault.h"
#include "wattle/job/job_store.h"
#include "wattle/job/run_catalog.h"
#include "wattle/store/artifact_collector.h"

namespace wattle::job {

struct SweepOptions {
  Seconds grace{24 * 3600};
  store::DryRun dry_run = store::DryRun::kNo;
  std::optional<Seconds> runs_older_than;  // nullopt: files of accepted runs stay
  std::size_t keep_last = 0;               // ended runs of each project whose files stay
};

struct SweepReport {
  store::CollectReport artifacts;
  store::CollectedCount unaccepted;    // folders of runs that were never accepted
  store::CollectedCount secrets;       // runs whose secrets were still in memory
  store::CollectedCount run_files;     // runs
  std::vector<std::string> strangers;  // in `runs`, and not ours; left alone
  std::vector<std::string> notes;      // what was kept although it is old, and why

  std::int64_t freed_bytes() const {
    return artifacts.freed_bytes() + unaccepted.bytes + secrets.bytes + run_files.bytes;
  }
};

class HomeSweep {
 public:
  struct Parts {
    FileSystem& files;
    const Clock& clock;
    JobStore& jobs;
    const RunCatalog& catalog;
    store::ArtifactCollector& collector;
    const executor::SecretVault* vault = nullptr;  // null: there is none on this host
  };

  explicit HomeSweep(Parts parts) : parts_(parts) {}

  /// REQUIRES: runs that were begun without the database have been taken in.
  Result<SweepReport> sweep(const SweepOptions& options);

 private:
  bool is_dry() const { return options_.dry_run == store::DryRun::kYes; }
  Status sweep_unaccepted();
  Status sweep_secrets(const std::vector<JobRow>& ended);
  Status sweep_run_files(const std::vector<JobRow>& ended);
  Status sweep_run(const JobRow& run);
  /// Paths in the run's folder that may go.
  Result<std::vector<std::string>> removable(const JobRow& run);
  Result<bool> are_outputs_kept(const std::string& run);
  /// Out of the way of whoever resumes the run at this instant; false when somebody has.
  Result<bool> set_aside(const std::string& run, const std::vector<std::string>& paths);

  Parts parts_;
  SweepOptions options_;
  SweepReport report_;
};

}  // namespace wattle::job
