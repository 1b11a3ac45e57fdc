#include "wattle/store/backup.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <unistd.h>

#include "wattle/base/file.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"
#include "wattle/store/backup_manifest.h"
#include "wattle/store/database_url.h"
#include "wattle/store/file_copy.h"
#include "wattle/store/open_database.h"
#include "wattle/store/postgres_dump.h"
#include "wattle/store/sqlite_database.h"

namespace wattle::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqliteName = "wattle.db";
constexpr std::string_view kDumpName = "wattle.pgdump";
constexpr std::size_t kManifestBytes = std::size_t{1} << 30;
constexpr std::string_view kArtifacts = "artifacts/sha256";
/// Files of a home beside the database and the artifacts.
constexpr std::array<std::string_view, 4> kCopied{"runs", "nodes", "meter/cpu-model", "host.json"};

/// Locks and half-written files are of the moment; checkpoints are large, and a job makes new ones.
bool is_wanted(std::string_view path) {
  const auto parts = split(path, '/');
  const std::string_view name(parts.back());
  const bool is_checkpoints = parts.size() == 2 && name == "checkpoints";
  return !is_checkpoints && !name.ends_with(".lock") && name.find(".tmp.") == name.npos;
}

bool is_artifact(std::string_view path) {
  return path.find(".tmp") == path.npos;
}

/// The folder that is filled before it gets its name; removed unless it was renamed.
class Staging {
 public:
  explicit Staging(const std::string& destination)
      : folder_(concat(absolute_path(destination), ".partial.", static_cast<long>(::getpid()))) {}
  ~Staging() {
    if (!kept_) {
      (void)files_.remove_all(folder_).ok();
    }
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  Status make() {
    WATTLE_RETURN_IF_ERROR(files_.remove_all(folder_));  // of a process that was killed
    return files_.make_directories(folder_);
  }
  std::string path(std::string_view name) const { return path_join(folder_, name); }
  const std::string& folder() const { return folder_; }
  Status make_folder_of(const std::string& name) {
    return files_.make_directories(fs::path(path(name)).parent_path().string());
  }
  Status write(std::string_view name, std::string_view text) {
    return files_.write_atomic(path(name), text);
  }
  /// Everything in it is on the disk before it gets its name, and the name after.
  Status become(const std::string& destination) {
    WATTLE_RETURN_IF_ERROR(sync_file_system(folder_));
    WATTLE_RETURN_IF_ERROR(files_.rename(folder_, destination));
    kept_ = true;
    return sync_file_system(destination);
  }

 private:
  RealFileSystem files_;
  std::string folder_;
  bool kept_ = false;
};

class Backup {
 public:
  Backup(const BackupOptions& options, Subprocess& subprocess)
      : options_(options), subprocess_(subprocess), staging_(options.destination) {}

  Result<BackupReport> make(Database& database, const Clock& clock) {
    if (::access(options_.destination.c_str(), F_OK) == 0) {
      return Error(ErrorCode::kAlreadyExists,
                   options_.destination + " is there already: name a folder that is not");
    }
    WATTLE_RETURN_IF_ERROR(staging_.make());
    manifest_.database = database.backend() == Backend::kSqlite ? "sqlite" : "postgresql";
    manifest_.program = options_.program;
    manifest_.created = to_rfc3339(clock.utc_now());
    // Artifacts twice. What the snapshot knows was there when it was taken: either already before,
    // then the first pass has it whatever is collected meanwhile, or it is younger than that, and
    // no collector takes one so young before the second pass.
    WATTLE_RETURN_IF_ERROR(link_artifacts());
    WATTLE_RETURN_IF_ERROR(copy_database(database));
    WATTLE_RETURN_IF_ERROR(link_artifacts());
    for (const auto part : kCopied) {
      WATTLE_RETURN_IF_ERROR(copy_part(part));
    }
    WATTLE_RETURN_IF_ERROR(staging_.write(kManifestName, write_manifest(manifest_)));
    WATTLE_RETURN_IF_ERROR(staging_.become(options_.destination));
    return report_;
  }

 private:
  Status copy_database(Database& database) {
    if (database.backend() == Backend::kSqlite) {
      const std::string copy = staging_.path(kSqliteName);
      WATTLE_RETURN_IF_ERROR(database.copy_to(copy));
      WATTLE_RETURN_IF_ERROR(check_sqlite_file(copy));
      return note_digest(kSqliteName);
    }
    WATTLE_ASSIGN_OR_RETURN(const auto url, parse_database_url(options_.url));
    WATTLE_RETURN_IF_ERROR(dump_postgres(subprocess_, url, staging_.path(kDumpName)));
    return note_digest(kDumpName);
  }

  Status note_digest(std::string_view name) {
    WATTLE_ASSIGN_OR_RETURN(const std::string digest, sha256_file(staging_.path(name)));
    note(std::string(name), digest);
    return {};
  }

  Status link_artifacts() {
    const std::string folder = path_join(options_.home, kArtifacts);
    WATTLE_ASSIGN_OR_RETURN(const auto paths, files_below(folder, is_artifact));
    for (const auto& path : paths) {
      const std::string name = path_join(kArtifacts, path);
      if (!manifest_.digests.contains(name) && !is_known_damaged(path_join(folder, path))) {
        WATTLE_RETURN_IF_ERROR(link_artifact(path_join(folder, path), name));
      }
    }
    return {};
  }

  bool is_known_damaged(const std::string& path) const {
    return std::ranges::find(report_.damaged, path) != report_.damaged.end();
  }

  Status link_artifact(const std::string& from, const std::string& name) {
    WATTLE_RETURN_IF_ERROR(staging_.make_folder_of(name));
    const auto digest = link_or_copy(from, staging_.path(name));
    if (!digest.ok()) {
      return unless_gone(digest.error());
    }
    // Two characters of the digest are the folder, the rest is the name.
    const fs::path path(name);
    if (*digest != path.parent_path().filename().string() + path.filename().string()) {
      report_.damaged.push_back(from);  // no reason to go without a backup of everything else
      return ::unlink(staging_.path(name).c_str()) == 0
                 ? Status()
                 : Status(error_from_errno(errno, "removing " + staging_.path(name)));
    }
    note(name, *digest);
    return {};
  }

  /// A file, or a folder with all below it.
  Status copy_part(std::string_view part) {
    const std::string from = path_join(options_.home, part);
    std::error_code error;
    if (fs::is_regular_file(from, error)) {
      return copy_one(from, std::string(part));
    }
    WATTLE_ASSIGN_OR_RETURN(const auto paths, files_below(from, is_wanted));
    for (const auto& path : paths) {
      WATTLE_RETURN_IF_ERROR(copy_one(path_join(from, path), path_join(part, path)));
    }
    return {};
  }

  Status copy_one(const std::string& from, const std::string& name) {
    WATTLE_RETURN_IF_ERROR(staging_.make_folder_of(name));
    const auto digest = copy_file(from, staging_.path(name));
    if (!digest.ok()) {
      return unless_gone(digest.error());
    }
    note(name, *digest);
    return {};
  }

  static Status unless_gone(const Error& error) {
    return error.code() == ErrorCode::kNotFound ? Status() : Status(error);
  }

  void note(const std::string& name, const std::string& digest) {
    manifest_.digests[name] = digest;
    std::error_code error;
    const auto size = fs::file_size(staging_.path(name), error);
    ++report_.files;
    report_.bytes += error ? 0 : static_cast<std::int64_t>(size);
  }

  const BackupOptions& options_;
  Subprocess& subprocess_;
  Staging staging_;
  BackupManifest manifest_;
  BackupReport report_;
};

bool is_nothing(const std::string& home) {
  std::error_code error;
  return !fs::exists(home, error) || (fs::is_directory(home, error) && fs::is_empty(home, error));
}

/// Copies what the manifest names; whatever differs from it stops everything.
Result<BackupReport> copy_back(const BackupManifest& manifest, const std::string& backup,
                               Staging& staging) {
  BackupReport report;
  for (const auto& [name, expected] : manifest.digests) {
    WATTLE_RETURN_IF_ERROR(staging.make_folder_of(name));
    WATTLE_ASSIGN_OR_RETURN(const std::string digest,
                            copy_file(path_join(backup, name), staging.path(name)));
    if (digest != expected) {
      return Error(ErrorCode::kIo, concat("the backup is damaged: ", path_join(backup, name),
                                          " is not what its manifest says; nothing was restored"));
    }
    ++report.files;
    std::error_code error;
    report.bytes += static_cast<std::int64_t>(fs::file_size(staging.path(name), error));
  }
  return report;
}

Status check_options(const BackupManifest& manifest, const RestoreOptions& options) {
  if (!is_nothing(options.home)) {
    return Error(ErrorCode::kFailedPrecondition,
                 options.home + " is not empty: a backup is restored into a new home only");
  }
  const bool is_sqlite = manifest.database == "sqlite";
  if (is_sqlite != options.url.empty()) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("the backup is of a ", manifest.database, " database, so restoring it ",
                        is_sqlite ? "takes no URL" : "needs the URL of an empty one"));
  }
  return {};
}

Status restore_database(Subprocess& subprocess, const RestoreOptions& options,
                        const Staging& staging) {
  if (options.url.empty()) {
    return check_sqlite_file(staging.path(kSqliteName));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto url, parse_database_url(options.url));
  const std::string dump = staging.path(kDumpName);
  WATTLE_RETURN_IF_ERROR(restore_postgres(subprocess, url, dump));
  ::unlink(dump.c_str());
  return {};
}

}  // namespace

Result<BackupReport> backup(Database& database, Subprocess& subprocess, const Clock& clock,
                            const BackupOptions& options) {
  return Backup(options, subprocess).make(database, clock);
}

Result<BackupReport> restore(Subprocess& subprocess, const RestoreOptions& options) {
  RealFileSystem files;
  WATTLE_ASSIGN_OR_RETURN(const std::string text,
                          files.read(path_join(options.backup, kManifestName), kManifestBytes));
  WATTLE_ASSIGN_OR_RETURN(const BackupManifest manifest, read_manifest(text));
  WATTLE_RETURN_IF_ERROR(check_options(manifest, options));
  Staging staging(options.home);
  WATTLE_RETURN_IF_ERROR(staging.make());
  WATTLE_ASSIGN_OR_RETURN(const BackupReport report, copy_back(manifest, options.backup, staging));
  WATTLE_RETURN_IF_ERROR(restore_database(subprocess, options, staging));
  WATTLE_RETURN_IF_ERROR(staging.become(options.home));
  return report;
}

}  // namespace wattle::store
