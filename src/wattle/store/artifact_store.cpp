#include "wattle/store/artifact_store.h"

#include <algorithm>
#include <set>

#include <sys/stat.h>

#include "wattle/base/ids.h"
#include "wattle/base/text.h"
#include "wattle/store/artifact_folder.h"
#include "wattle/store/artifact_lock.h"

namespace wattle::store {
namespace {

std::string new_token(const Clock& clock) {
  // Names a folder and a lease; nothing that is computed depends on it.
  Rng random = Rng::from_entropy();
  return make_ulid(clock, random);
}

}  // namespace

Result<std::unique_ptr<ArtifactStore>> ArtifactStore::open(Database& database, ArtifactDisk& disk,
                                                           const Clock& clock,
                                                           ArtifactOptions options) {
  std::unique_ptr<ArtifactStore> store(
      new ArtifactStore(database, disk, clock, std::move(options)));
  WATTLE_RETURN_IF_ERROR(disk.make_folder(store->layout_.shards()));
  WATTLE_RETURN_IF_ERROR(disk.make_folder(store->layout_.staging()));
  return store;
}

Result<std::unique_ptr<ArtifactStaging>> ArtifactStore::begin_staging(const std::string& id) {
  // So that a sweep never sees the folder before its lock is held.
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_publishing(layout_));
  return ArtifactStaging::begin(disk_, layout_, id);
}

Result<StoredArtifact> ArtifactStore::add_file(const std::string& path) {
  Batch batch{.lease = new_token(clock_)};
  WATTLE_ASSIGN_OR_RETURN(const auto staging, begin_staging(batch.lease));
  WATTLE_ASSIGN_OR_RETURN(auto staged, staging->copy(path, FollowLinks::kYes));
  batch.content_bytes = staged.bytes;
  batch.files.push_back(std::move(staged));
  return publish(batch).with_context("storing " + path);
}

Result<StoredArtifact> ArtifactStore::add_bytes(std::string_view bytes) {
  Batch batch{.lease = new_token(clock_)};
  WATTLE_ASSIGN_OR_RETURN(const auto staging, begin_staging(batch.lease));
  WATTLE_ASSIGN_OR_RETURN(auto staged, staging->write(bytes));
  batch.content_bytes = staged.bytes;
  batch.files.push_back(std::move(staged));
  return publish(batch);
}

Result<StoredArtifact> ArtifactStore::add_folder(const std::string& path) {
  Batch batch{.lease = new_token(clock_)};
  WATTLE_ASSIGN_OR_RETURN(const auto staging, begin_staging(batch.lease));
  WATTLE_ASSIGN_OR_RETURN(auto folder, stage_folder(*staging, path));
  WATTLE_ASSIGN_OR_RETURN(const std::string text, encode_manifest(std::move(folder.entries)));
  WATTLE_ASSIGN_OR_RETURN(batch.manifest, staging->write(text));
  batch.files = std::move(folder.files);
  batch.content_bytes = folder.content_bytes;
  return publish(batch).with_context("storing " + path);
}

bool ArtifactStore::is_in_place(const Artifact& artifact) const {
  struct stat facts{};
  return artifact.state == ArtifactState::kPresent &&
         ::stat(layout_.file(artifact.digest).c_str(), &facts) == 0 &&
         facts.st_size == artifact.bytes;
}

Result<StoredArtifact> ArtifactStore::publish(const Batch& batch) {
  std::vector<StagedFile> files = batch.files;
  if (batch.manifest) {
    files.push_back(*batch.manifest);
  }
  // No sweep from here to the end, so what is in place now stays there.
  WATTLE_ASSIGN_OR_RETURN(const FileLock lock, lock_for_publishing(layout_));
  std::vector<StagedFile> missing;
  const Status read = database_.read([&](Session& session) -> Status {
    missing.clear();
    std::int64_t more = 0;
    for (const auto& file : files) {
      WATTLE_ASSIGN_OR_RETURN(const auto there, find_artifact(session, file.digest));
      more += there ? 0 : file.bytes;
      if (!there || !is_in_place(*there)) {
        missing.push_back(file);
      }
    }
    return check_artifact_quota(session, options_.quota, more);
  });
  WATTLE_RETURN_IF_ERROR(read);
  WATTLE_RETURN_IF_ERROR(move_into_place(missing));
  StoredArtifact stored;
  WATTLE_RETURN_IF_ERROR(
      database_.write([&](Session& session) { return write_rows(session, batch, stored); }));
  return stored;
}

Status ArtifactStore::move_into_place(const std::vector<StagedFile>& files) {
  std::set<std::string> shards;
  for (const auto& file : files) {
    shards.insert(layout_.shard(file.digest));
  }
  for (const auto& shard : shards) {
    WATTLE_RETURN_IF_ERROR(disk_.make_folder(shard));
  }
  for (const auto& file : files) {
    WATTLE_RETURN_IF_ERROR(disk_.move(file.path, layout_.file(file.digest)));
  }
  for (const auto& shard : shards) {
    WATTLE_RETURN_IF_ERROR(disk_.sync_folder(shard));
  }
  return {};
}

Status ArtifactStore::write_rows(Session& session, const Batch& batch,
                                 StoredArtifact& stored) const {
  const UtcTime now = clock_.utc_now();
  const StagedFile& top = batch.top();
  WATTLE_ASSIGN_OR_RETURN(const auto there, find_artifact(session, top.digest));
  ArtifactTotals more;
  std::vector<std::string> children;
  for (const auto& file : batch.files) {
    WATTLE_RETURN_IF_ERROR(publish_artifact_row(session,
                                                {.digest = file.digest,
                                                 .bytes = file.bytes,
                                                 .content_bytes = file.bytes,
                                                 .created = now,
                                                 .last_used = now},
                                                more));
    children.push_back(file.digest);
  }
  if (batch.manifest) {
    WATTLE_RETURN_IF_ERROR(publish_artifact_row(session,
                                                {.digest = top.digest,
                                                 .kind = ArtifactKind::kFolder,
                                                 .bytes = top.bytes,
                                                 .content_bytes = batch.content_bytes,
                                                 .created = now,
                                                 .last_used = now},
                                                more));
    WATTLE_RETURN_IF_ERROR(publish_artifact_children(session, top.digest, children));
  }
  WATTLE_RETURN_IF_ERROR(check_artifact_quota(session, options_.quota, more.bytes));
  WATTLE_RETURN_IF_ERROR(add_to_artifact_totals(session, more));
  WATTLE_RETURN_IF_ERROR(
      take_artifact_lease(session, top.digest, batch.lease, now + options_.lease));
  WATTLE_ASSIGN_OR_RETURN(const auto row, find_artifact(session, top.digest));
  stored = {.artifact = *row,
            .lease = batch.lease,
            .was_there = there && there->state == ArtifactState::kPresent};
  return {};
}

}  // namespace wattle::store
