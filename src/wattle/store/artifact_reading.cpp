// Reading what the artifact store holds: open, read, materialise.
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>

#include "wattle/base/hash.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"
#include "wattle/store/artifact_store.h"

namespace wattle::store {
namespace {

using Kind = ManifestEntry::Kind;

constexpr unsigned kOwnFile = 0600;

Error is_damaged(std::string_view digest, std::string_view why) {
  return {ErrorCode::kFailedPrecondition,
          concat("artifact ", digest, " is damaged: ", why,
                 "; store the same content again, or restore a backup")};
}

std::string folder_above(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Result<Artifact> ArtifactStore::present(std::string_view digest) const {
  std::optional<Artifact> found;
  const Status read = database_.read([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(require_artifact(session, digest));
    WATTLE_ASSIGN_OR_RETURN(found, find_artifact(session, digest));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(read);
  return *found;
}

Result<Descriptor> ArtifactStore::open(std::string_view digest) const {
  WATTLE_ASSIGN_OR_RETURN(const Artifact artifact, present(digest));
  Descriptor file(::open(layout_.file(artifact.digest).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return errno == ENOENT ? is_damaged(digest, "its file is gone")
                           : error_from_errno(errno, "opening artifact " + artifact.digest);
  }
  return file;
}

Result<std::string> ArtifactStore::read(std::string_view digest, std::size_t limit) const {
  WATTLE_ASSIGN_OR_RETURN(const Artifact artifact, present(digest));
  auto bytes = RealFileSystem().read(layout_.file(artifact.digest), limit);
  if (!bytes) {
    return bytes.error().code() == ErrorCode::kNotFound ? is_damaged(digest, "its file is gone")
                                                        : bytes.error();
  }
  return sha256_hex(*bytes) == artifact.digest
             ? std::move(bytes)
             : is_damaged(digest, "its content is not what it was");
}

Result<std::vector<ManifestEntry>> ArtifactStore::read_manifest(std::string_view digest) const {
  WATTLE_ASSIGN_OR_RETURN(const std::string text, read(digest, limits::kManifestBytes));
  return parse_manifest(text);
}

Status ArtifactStore::materialise(std::string_view digest, const std::string& path) const {
  WATTLE_ASSIGN_OR_RETURN(const Artifact artifact, present(digest));
  std::error_code error;
  if (std::filesystem::symlink_status(path, error).type() !=
      std::filesystem::file_type::not_found) {
    return Error(ErrorCode::kAlreadyExists,
                 concat(path, " is already there; remove it, or name another place"));
  }
  // Under this name until it is complete; one that a kill left there is in nobody's way.
  const std::string part = path + ".wattle-part";
  WATTLE_RETURN_IF_ERROR(disk_.remove_folder(part));
  auto done = artifact.kind == ArtifactKind::kFile ? materialise_file(artifact, kOwnFile, part)
                                                   : materialise_folder(artifact, part);
  if (done.ok()) {
    done = disk_.move(part, path);
  }
  if (!done.ok()) {
    (void)disk_.remove_folder(part).ok();
    return std::move(done).with_context("copying an artifact to " + path);
  }
  return disk_.sync_folder(folder_above(path));
}

Status ArtifactStore::materialise_file(const Artifact& artifact, unsigned mode,
                                       const std::string& path) const {
  WATTLE_ASSIGN_OR_RETURN(const Descriptor source, open(artifact.digest));
  WATTLE_ASSIGN_OR_RETURN(const Descriptor target, disk_.create(path));
  WATTLE_ASSIGN_OR_RETURN(
      const std::string digest,
      copy_and_hash(disk_, {.source = source.get(), .target = target.get(), .path = path}));
  if (digest != artifact.digest) {
    return is_damaged(artifact.digest, "its content is not what it was");
  }
  return disk_.seal(target.get(), mode, path);
}

Status ArtifactStore::materialise_folder(const Artifact& artifact, const std::string& path) const {
  WATTLE_ASSIGN_OR_RETURN(const auto entries, read_manifest(artifact.digest));
  WATTLE_RETURN_IF_ERROR(disk_.make_folder(path));
  WATTLE_RETURN_IF_ERROR(materialise_entries(entries, path));
  // The modes of folders last, from the innermost: one may forbid to write into it.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->kind != Kind::kFolder) {
      continue;
    }
    const std::string folder = path_join(path, entry->path);
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open()) {
      return error_from_errno(errno, "opening " + folder);
    }
    WATTLE_RETURN_IF_ERROR(disk_.seal(opened.get(), entry->mode, folder));
  }
  return disk_.sync_folder(path);
}

Status ArtifactStore::materialise_entries(const std::vector<ManifestEntry>& entries,
                                          const std::string& path) const {
  // Sorted by path, so a folder comes before what lies in it.
  for (const auto& entry : entries) {
    const std::string target = path_join(path, entry.path);
    switch (entry.kind) {
      case Kind::kFile: {
        WATTLE_ASSIGN_OR_RETURN(const Artifact file, present(entry.digest));
        WATTLE_RETURN_IF_ERROR(materialise_file(file, entry.mode, target));
        break;
      }
      case Kind::kFolder:
        WATTLE_RETURN_IF_ERROR(disk_.make_folder(target));
        break;
      case Kind::kLink:
        WATTLE_RETURN_IF_ERROR(disk_.make_link(entry.target, target));
        break;
    }
  }
  return {};
}

}  // namespace wattle::store
