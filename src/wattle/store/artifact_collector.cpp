#include "wattle/store/artifact_collector.h"

#include <span>

#include "wattle/base/text.h"
#include "wattle/store/artifact_lock.h"
#include "wattle/store/artifact_rows.h"

namespace wattle::store {
namespace {

constexpr std::size_t kBatch = 256;              // artifacts that are swept under one lock
constexpr std::int64_t kVictimsAtOnce = 50'000;  // that are kept in memory

// Conditions on a row `a` of artifacts. Parameters in this order: now, the instant before which an
// artifact is no longer young (twice).
constexpr std::string_view kPinned =
    "EXISTS (SELECT 1 FROM artifact_references r WHERE r.sha256 = a.sha256 "
    "AND r.owner_kind = 'pin')";
constexpr std::string_view kReferenced =
    "EXISTS (SELECT 1 FROM artifact_references r WHERE r.sha256 = a.sha256)";
constexpr std::string_view kLeased =
    "EXISTS (SELECT 1 FROM artifact_leases l WHERE l.sha256 = a.sha256 AND l.until_ns > ?)";
constexpr std::string_view kYoung = "(a.created_ns >= ? OR a.last_used_ns >= ?)";
// Folders hold files only, so one step from a folder that is kept is all there is to follow.
constexpr std::string_view kInKeptFolder =
    "EXISTS (SELECT 1 FROM artifact_children c JOIN artifacts f ON f.sha256 = c.folder "
    "WHERE c.child = a.sha256 AND f.state <> 'deleting' AND ("
    "EXISTS (SELECT 1 FROM artifact_references r WHERE r.sha256 = f.sha256) OR "
    "EXISTS (SELECT 1 FROM artifact_leases l WHERE l.sha256 = f.sha256 AND l.until_ns > ?) OR "
    "f.created_ns >= ? OR f.last_used_ns >= ?))";
// Within a batch the folders before have been removed already: any that is left is a reason.
constexpr std::string_view kInAnyFolder =
    "EXISTS (SELECT 1 FROM artifact_children c JOIN artifacts f ON f.sha256 = c.folder "
    "WHERE c.child = a.sha256 AND f.state <> 'deleting')";

CollectedCount* count_of(CollectReport& report, std::string_view reason) {
  return reason == "pinned"       ? &report.kept_pinned
         : reason == "referenced" ? &report.kept_referenced
         : reason == "leased"     ? &report.kept_leased
         : reason == "folder"     ? &report.kept_in_folder
         : reason == "young"      ? &report.kept_young
                                  : nullptr;
}

}  // namespace

Result<CollectReport> ArtifactCollector::collect(const CollectOptions& options) {
  const UtcTime before = clock_.utc_now() - options.grace;
  CollectReport report;
  if (options.dry_run == DryRun::kNo) {
    WATTLE_RETURN_IF_ERROR(finish_dead_sweeps(report));
    WATTLE_RETURN_IF_ERROR(forget_old_leases());
  }
  WATTLE_RETURN_IF_ERROR(sweep_artifacts(options, before, report));
  WATTLE_RETURN_IF_ERROR(count_kept(before, report));
  WATTLE_RETURN_IF_ERROR(sweep_orphans(options, before, report));
  WATTLE_RETURN_IF_ERROR(sweep_staging(options, before, report));
  return report;
}

Status ArtifactCollector::count_kept(UtcTime before, CollectReport& report) {
  const std::string sql = concat(
      "SELECT reason, COUNT(*), CAST(SUM(bytes) AS INTEGER) FROM (SELECT a.bytes AS bytes, CASE "
      "WHEN ",
      kPinned, " THEN 'pinned' WHEN ", kReferenced, " THEN 'referenced' WHEN ", kLeased,
      " THEN 'leased' WHEN ", kInKeptFolder, " THEN 'folder' WHEN ", kYoung,
      " THEN 'young' ELSE 'none' END AS reason FROM artifacts a WHERE a.state <> 'deleting') t "
      "GROUP BY reason");
  const std::int64_t now = clock_.utc_now().ns;
  return database_.read([&](Session& session) {
    return session.query(sql, {now, now, before.ns, before.ns, before.ns, before.ns},
                         [&report](const SqlRow& row) {
                           if (auto* kept = count_of(report, row.text(0))) {
                             *kept = {row.integer(1), row.integer(2)};
                           }
                           return Status();
                         });
  });
}

Result<ArtifactCollector::Victims> ArtifactCollector::find_victims(UtcTime before) {
  // Folders first, so that their files are free when their turn comes.
  const std::string sql =
      concat("SELECT a.sha256, a.bytes FROM artifacts a WHERE a.state <> 'deleting' AND NOT ",
             kYoung, " AND NOT ", kReferenced, " AND NOT ", kLeased, " AND NOT ", kInKeptFolder,
             " ORDER BY CASE a.kind WHEN 'folder' THEN 0 ELSE 1 END, a.sha256 LIMIT ?");
  const std::int64_t now = clock_.utc_now().ns;
  Victims victims;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    victims.clear();
    return session.query(sql,
                         {before.ns, before.ns, now, now, before.ns, before.ns, kVictimsAtOnce},
                         [&victims](const SqlRow& row) {
                           victims.push_back({row.text(0), row.integer(1)});
                           return Status();
                         });
  }));
  return victims;
}

Status ArtifactCollector::sweep_artifacts(const CollectOptions& options, UtcTime before,
                                          CollectReport& report) {
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const Victims victims, find_victims(before));
    if (options.dry_run == DryRun::kYes) {
      for (const auto& victim : victims) {
        report.artifacts += {1, victim.bytes};
      }
      return {};
    }
    const std::int64_t removed_before = report.artifacts.count;
    for (std::size_t first = 0; first < victims.size(); first += kBatch) {
      const auto end = std::min(victims.size(), first + kBatch);
      WATTLE_RETURN_IF_ERROR(
          sweep_batch(Victims(victims.begin() + static_cast<std::ptrdiff_t>(first),
                              victims.begin() + static_cast<std::ptrdiff_t>(end)),
                      before, report));
    }
    if (report.artifacts.count == removed_before) {
      return {};
    }
  }
}

Status ArtifactCollector::sweep_batch(const Victims& batch, UtcTime before, CollectReport& report) {
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_sweeping(layout_));
  WATTLE_ASSIGN_OR_RETURN(const Victims marked, mark(batch, before));
  return remove(marked, report);
}

Result<ArtifactCollector::Victims> ArtifactCollector::mark(const Victims& batch, UtcTime before) {
  // Looked at again in the transaction that marks: what was referenced, leased or used since is
  // kept.
  const std::string sql = concat(
      "UPDATE artifacts AS a SET state = 'deleting' WHERE a.sha256 = ? AND a.state <> 'deleting' "
      "AND NOT ",
      kYoung, " AND NOT ", kReferenced, " AND NOT ", kLeased, " AND NOT ", kInAnyFolder);
  const std::int64_t now = clock_.utc_now().ns;
  Victims marked;
  const Status written = database_.write([&](Session& session) -> Status {
    marked.clear();
    for (const auto& victim : batch) {
      WATTLE_ASSIGN_OR_RETURN(const std::int64_t changed,
                              session.execute(sql, {victim.digest, before.ns, before.ns, now}));
      if (changed > 0) {
        marked.push_back(victim);
      }
    }
    return {};
  });
  WATTLE_RETURN_IF_ERROR(written);
  return marked;
}

Status ArtifactCollector::remove(const Victims& marked, CollectReport& report) {
  for (const auto& victim : marked) {
    WATTLE_RETURN_IF_ERROR(disk_.remove_file(layout_.file(victim.digest)));
  }
  const Status written = database_.write([&](Session& session) -> Status {
    for (const auto& victim : marked) {
      WATTLE_RETURN_IF_ERROR(remove_artifact_row(session, victim.digest));
    }
    return {};
  });
  WATTLE_RETURN_IF_ERROR(written);
  for (const auto& victim : marked) {
    report.artifacts += {1, victim.bytes};
  }
  return {};
}

Status ArtifactCollector::finish_dead_sweeps(CollectReport& report) {
  for (;;) {
    WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_sweeping(layout_));
    Victims marked;
    WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
      marked.clear();
      return session.query(
          "SELECT sha256, bytes FROM artifacts WHERE state = 'deleting' ORDER BY sha256 LIMIT ?",
          {static_cast<std::int64_t>(kBatch)}, [&marked](const SqlRow& row) {
            marked.push_back({row.text(0), row.integer(1)});
            return Status();
          });
    }));
    if (marked.empty()) {
      return {};
    }
    WATTLE_RETURN_IF_ERROR(remove(marked, report));
  }
}

Status ArtifactCollector::forget_old_leases() {
  return database_.write([&](Session& session) -> Status {
    auto removed =
        session.execute("DELETE FROM artifact_leases WHERE until_ns <= ?", {clock_.utc_now().ns});
    return removed.ok() ? Status() : Status(removed.error());
  });
}

}  // namespace wattle::store
