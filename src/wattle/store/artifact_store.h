// Artifacts by content: a file or a folder that is stored is named by its SHA-256, kept once, and
// never changed.
//
// A row is there only when its file is, whole and synced. A kill at any instant leaves at most a
// file without a row, which a sweep removes. See artifact_collector.h for the sweep.
//
// Units:    bytes, UTC.
// Errors:   kFailedPrecondition: over the quota, damaged, or changed while it was stored.
//           kNotFound: no such artifact, or no such file. kInvalidArgument: not a file or folder
//           that can be stored. kIo: the disk is full. What failed has left nothing behind but what
//           a sweep removes; the same call may be made again.
// Threads:  any. No call is made from within a transaction of the database: it makes its own.
// Lifetime: borrows the database, the disk and the clock.
// See:      docs/reference/artifacts.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/descriptor.h"
#include "wattle/base/result.h"
#include "wattle/base/time.h"
#include "wattle/store/artifact_disk.h"
#include "wattle/store/artifact_layout.h"
#include "wattle/store/artifact_manifest.h"
#include "wattle/store/artifact_references.h"
#include "wattle/store/artifact_rows.h"
#include "wattle/store/artifact_staging.h"
#include "wattle/store/database.h"

namespace wattle::store {

struct ArtifactOptions {
  std::string folder;                 // `artifacts` of WATTLE_HOME
  std::optional<std::int64_t> quota;  // bytes of all artifacts, each content once
  Seconds lease{3600};                // how long what was stored waits for its reference
};

struct StoredArtifact {
  Artifact artifact;
  std::string lease;  // token; let it go once the artifact is referenced
  bool was_there = false;
};

/// What a store found that is not as its rows say.
struct ArtifactProblem {
  std::string digest;
  std::string what;
};

struct ArtifactVerification {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::vector<ArtifactProblem> problems;  // the first limits::kArtifactProblems
  std::int64_t problem_count = 0;
};

class ArtifactStore {
 public:
  /// Makes the folders. The schema "artifacts" has been migrated.
  static Result<std::unique_ptr<ArtifactStore>> open(Database& database, ArtifactDisk& disk,
                                                     const Clock& clock, ArtifactOptions options);

  Result<StoredArtifact> add_file(const std::string& path);
  Result<StoredArtifact> add_bytes(std::string_view bytes);
  /// With everything below it. A link is stored as a link, and must lead to inside the folder.
  Result<StoredArtifact> add_folder(const std::string& path);

  /// For reading; stays readable whatever happens to the artifact.
  Result<Descriptor> open(std::string_view digest) const;
  /// The content, compared with its digest. One larger than `limit` is kInvalidArgument.
  Result<std::string> read(std::string_view digest, std::size_t limit) const;
  Result<std::vector<ManifestEntry>> read_manifest(std::string_view digest) const;
  /// Copies the file or the folder to `path`, where nothing is yet, and compares every byte with
  /// its digest. The copies may be changed; files are 0600, or as they were in their folder. After
  /// an error nothing is at `path`.
  Status materialise(std::string_view digest, const std::string& path) const;

  /// Reads everything. What is missing or changed is told and marked damaged: storing the same
  /// content again mends it.
  Result<ArtifactVerification> verify();

  const ArtifactLayout& layout() const { return layout_; }

 private:
  ArtifactStore(Database& database, ArtifactDisk& disk, const Clock& clock, ArtifactOptions options)
      : database_(database),
        disk_(disk),
        clock_(clock),
        options_(std::move(options)),
        layout_(options_.folder) {}

  /// Files that become artifacts in one transaction, and for a folder its manifest as the last.
  struct Batch {
    std::vector<StagedFile> files;
    std::optional<StagedFile> manifest;
    std::int64_t content_bytes = 0;
    std::string lease;
    const StagedFile& top() const { return manifest ? *manifest : files.front(); }
  };
  Result<std::unique_ptr<ArtifactStaging>> begin_staging(const std::string& id);
  Result<StoredArtifact> publish(const Batch& batch);
  Status move_into_place(const std::vector<StagedFile>& files);
  Status write_rows(Session& session, const Batch& batch, StoredArtifact& stored) const;
  bool is_in_place(const Artifact& artifact) const;
  Status materialise_file(const Artifact& artifact, unsigned mode, const std::string& path) const;
  Status materialise_folder(const Artifact& artifact, const std::string& path) const;
  Status materialise_entries(const std::vector<ManifestEntry>& entries,
                             const std::string& path) const;
  Status verify_one(const Artifact& artifact, ArtifactVerification& result);
  Result<Artifact> present(std::string_view digest) const;

  Database& database_;
  ArtifactDisk& disk_;
  const Clock& clock_;
  ArtifactOptions options_;
  ArtifactLayout layout_;
};

}  // namespace wattle::store
