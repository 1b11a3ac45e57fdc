// Removes artifacts that nobody needs: mark and sweep.
//
// Kept is what is referenced, pinned, leased, younger than the grace, or a file of a folder that is
// kept. The rest is marked as `deleting` in the database, durably; then its files are removed; then
// its rows. So a kill at any instant leaves no row without its file but marked ones, which the next
// sweep finishes, and which storing the same content makes present again. A sweep holds the lock of
// artifact_lock.h for one batch at a time: whoever stores something meanwhile waits for that batch.
//
// Units:    bytes, UTC.
// Errors:   as the database and the disk; what was removed until then is removed.
// Threads:  any; sweeps exclude each other by batches.
// Lifetime: borrows what it is given.
// See:      docs/reference/artifacts.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/artifact_disk.h"
#include "wattle/store/artifact_layout.h"
#include "wattle/store/database.h"

namespace wattle::store {

enum class DryRun { kNo, kYes };

struct CollectOptions {
  Seconds grace{24 * 3600};  // since the last use: stored, or let go by its last owner
  DryRun dry_run = DryRun::kNo;
};

struct CollectedCount {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  CollectedCount& operator+=(const CollectedCount& other) {
    count += other.count;
    bytes += other.bytes;
    return *this;
  }
  friend bool operator==(const CollectedCount&, const CollectedCount&) = default;
};

/// What a sweep removed, or in a dry run would remove, and what it kept, by the first reason that
/// holds.
struct CollectReport {
  CollectedCount artifacts;  // removed
  CollectedCount orphans;    // files without a row, from a kill between the two
  CollectedCount staged;     // uploads that died
  CollectedCount kept_pinned;
  CollectedCount kept_referenced;
  CollectedCount kept_leased;
  CollectedCount kept_in_folder;
  CollectedCount kept_young;
  std::vector<std::string> strangers;  // names in our folders that are not ours; left alone

  std::int64_t freed_bytes() const { return artifacts.bytes + orphans.bytes + staged.bytes; }
};

class ArtifactCollector {
 public:
  ArtifactCollector(Database& database, ArtifactDisk& disk, const Clock& clock,
                    ArtifactLayout layout)
      : database_(database), disk_(disk), clock_(clock), layout_(std::move(layout)) {}

  Result<CollectReport> collect(const CollectOptions& options);

 private:
  struct Victim {
    std::string digest;
    std::int64_t bytes = 0;
  };
  using Victims = std::vector<Victim>;

  Status count_kept(UtcTime before, CollectReport& report);
  Status finish_dead_sweeps(CollectReport& report);
  Status sweep_artifacts(const CollectOptions& options, UtcTime before, CollectReport& report);
  Result<Victims> find_victims(UtcTime before);
  Status sweep_batch(const Victims& batch, UtcTime before, CollectReport& report);
  Result<Victims> mark(const Victims& batch, UtcTime before);
  Status remove(const Victims& marked, CollectReport& report);
  Status sweep_orphans(const CollectOptions& options, UtcTime before, CollectReport& report);
  Status sweep_shard(const std::string& shard, const CollectOptions& options, UtcTime before,
                     CollectReport& report);
  Status sweep_staging(const CollectOptions& options, UtcTime before, CollectReport& report);
  Status forget_old_leases();

  Database& database_;
  ArtifactDisk& disk_;
  const Clock& clock_;
  ArtifactLayout layout_;
};

}  // namespace wattle::store
