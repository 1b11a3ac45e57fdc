// The part of the collector that looks at the disk: files without a row, and uploads that died.
#include <algorithm>
#include <filesystem>
#include <set>

#include <sys/stat.h>

#include "wattle/base/text.h"
#include "wattle/store/artifact_collector.h"
#include "wattle/store/artifact_lock.h"

namespace wattle::store {
namespace {

struct FileFacts {
  std::int64_t bytes = 0;
  UtcTime changed;
  bool is_folder = false;
};

std::optional<FileFacts> facts_of_path(const std::string& path) {
  struct stat facts{};
  if (::lstat(path.c_str(), &facts) != 0) {
    return std::nullopt;
  }
  return FileFacts{.bytes = facts.st_size,
                   .changed = {facts.st_mtim.tv_sec * kNanosPerSecond + facts.st_mtim.tv_nsec},
                   .is_folder = S_ISDIR(facts.st_mode)};
}

/// Bytes of the files in the folder, and when the last of them changed.
FileFacts facts_of_tree(const std::string& folder) {
  FileFacts sum = facts_of_path(folder).value_or(FileFacts{});
  sum.bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (const auto facts = facts_of_path(entry->path().string()); facts && !facts->is_folder) {
      sum.bytes += facts->bytes;
      sum.changed = std::max(sum.changed, facts->changed);
    }
  }
  return sum;
}

/// Digests of the rows that begin with the two digits of the shard.
Result<std::set<std::string>> rows_of_shard(Database& database, const std::string& shard) {
  std::set<std::string> digests;
  WATTLE_RETURN_IF_ERROR(database.read([&](Session& session) {
    digests.clear();
    // 'g' comes after every digit of a digest.
    return session.query("SELECT sha256 FROM artifacts WHERE sha256 >= ? AND sha256 < ?",
                         {shard, shard + "g"}, [&digests](const SqlRow& row) {
                           digests.insert(row.text(0));
                           return Status();
                         });
  }));
  return digests;
}

bool is_shard_name(const std::string& name) {
  return name.size() == ArtifactLayout::kShardDigits &&
         is_artifact_digest(name + std::string(64 - ArtifactLayout::kShardDigits, '0'));
}

}  // namespace

Status ArtifactCollector::sweep_orphans(const CollectOptions& options, UtcTime before,
                                        CollectReport& report) {
  WATTLE_ASSIGN_OR_RETURN(const auto shards, RealFileSystem().list(layout_.shards()));
  for (const auto& shard : shards) {
    if (!is_shard_name(shard)) {
      report.strangers.push_back(path_join(layout_.shards(), shard));
      continue;
    }
    WATTLE_RETURN_IF_ERROR(sweep_shard(shard, options, before, report));
  }
  return {};
}

Status ArtifactCollector::sweep_shard(const std::string& shard, const CollectOptions& options,
                                      UtcTime before, CollectReport& report) {
  // Nobody stands between moving a file here and writing its row.
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_sweeping(layout_));
  WATTLE_ASSIGN_OR_RETURN(const auto rows, rows_of_shard(database_, shard));
  WATTLE_ASSIGN_OR_RETURN(const auto names, RealFileSystem().list(layout_.shard(shard)));
  for (const auto& name : names) {
    const std::string path = path_join(layout_.shard(shard), name);
    const auto facts = facts_of_path(path);
    if (!is_artifact_digest(shard + name) || !facts || facts->is_folder) {
      report.strangers.push_back(path);
      continue;
    }
    if (rows.contains(shard + name) || facts->changed > before) {
      continue;
    }
    if (options.dry_run == DryRun::kNo) {
      WATTLE_RETURN_IF_ERROR(disk_.remove_file(path));
    }
    report.orphans += {1, facts->bytes};
  }
  return {};
}

Status ArtifactCollector::sweep_staging(const CollectOptions& options, UtcTime before,
                                        CollectReport& report) {
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_sweeping(layout_));
  WATTLE_ASSIGN_OR_RETURN(const auto names, RealFileSystem().list(layout_.staging()));
  for (const auto& name : names) {
    const std::string folder = path_join(layout_.staging(), name);
    const FileFacts facts = facts_of_tree(folder);
    if (!facts.is_folder) {
      report.strangers.push_back(folder);
      continue;
    }
    // Held by an upload that lives, however slow it is.
    const auto upload = RealFileSystem().try_lock(folder + "/lock");
    if (!upload.ok() || facts.changed > before) {
      continue;
    }
    if (options.dry_run == DryRun::kNo) {
      WATTLE_RETURN_IF_ERROR(disk_.remove_folder(folder));
    }
    report.staged += {1, facts.bytes};
  }
  return {};
}

}  // namespace wattle::store
