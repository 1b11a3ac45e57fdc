// Everything that the jobs of one home need, wired once: by the server, which dispatches them, and
// by commands, which submit and ask.
//
// Units:    none. Errors: open(): those of the database. Threads: one thread.
// Lifetime: owns its parts; borrows what it was made with.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "wattle/base/log.h"
#include "wattle/job/dispatcher.h"
#include "wattle/job/home_sweep.h"
#include "wattle/job/job_store.h"
#include "wattle/job/run_desk.h"
#include "wattle/job/run_keeper.h"
#include "wattle/store/artifact_disk.h"
#include "wattle/store/artifact_store.h"
#include "wattle/store/database.h"

namespace wattle::job {

class JobHouse {
 public:
  /// `around.index` is set here. `database_url` "": SQLite, in the home. `on_commit` (may be
  /// empty): called after each write of this house and its annexes.
  static Result<std::unique_ptr<JobHouse>> open(Surroundings around,
                                                const std::string& database_url,
                                                std::function<void()> on_commit = nullptr);
  /// Another one on the same database: for a thread of its own, or for another caller's
  /// environment. Sweeps nothing, migrates nothing.
  Result<std::unique_ptr<JobHouse>> annex(Surroundings around);

  store::Database& database() { return *database_; }
  JobStore& jobs() { return *jobs_; }
  RunDesk& desk() { return *desk_; }
  store::ArtifactStore& artifacts() { return *artifacts_; }

  /// Accepts the run: its caller's environment is kept, then it is in the queue.
  Result<Accepted> submit(const RunRecord& record, const std::string& idempotency_key);
  /// Wishes that an interrupted, failed or stopped run goes on, in the environment of its
  /// submission, or, when that is gone, in ours. kFailedPrecondition: it is in none of these
  /// states.
  Status resume(const std::string& run);
  /// Wishes the run to be stopped, killed or paused. kFailedPrecondition: it has ended, or was
  /// measured and cannot be paused.
  Status ask(const std::string& run, Wish wish);
  /// Enters runs that were begun without the database, and, into an empty one, every folder of the
  /// home. Removes what submissions left behind that were killed before the queue had them.
  Status take_in();
  /// A measured run has begun: it is found by take_in() whatever becomes of us.
  static Status note_measured(FileSystem& files, const store::Home& home, std::string_view run);

  /// Removes what nobody needs. kUnavailable: a backup is being made, or another sweep is at work.
  Result<SweepReport> sweep(const SweepOptions& options);

  std::unique_ptr<Dispatcher> make_dispatcher(Log& log);

 private:
  explicit JobHouse(Surroundings around) : around_(std::move(around)) {}
  Status furnish();
  std::string submission_mark(std::string_view run) const;
  Result<Accepted> enter(const RunRecord& record, const std::string& idempotency_key);
  Result<bool> drop_unless_accepted(const std::string& run);
  Status drop_killed_submissions();
  Status take_in_run(const std::string& run);
  Status note_ends(const std::string& run);
  Result<std::vector<std::string>> unknown_runs();

  Surroundings around_;
  std::shared_ptr<store::Database> database_;
  std::unique_ptr<JobStore> jobs_;
  std::unique_ptr<RunDesk> desk_;
  std::unique_ptr<store::ArtifactDisk> disk_;
  std::unique_ptr<store::ArtifactStore> artifacts_;
  std::unique_ptr<RunKeeper> keeper_;
};

/// Held while a home is swept or put away: a sweep must not take from under a backup.
Result<FileLock> lock_for_maintenance(FileSystem& files, const store::Home& home);

}  // namespace wattle::job
