#include "wattle/store/artifact_folder.h"

#include <filesystem>
#include <unordered_set>

#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

namespace fs = std::filesystem;
using Kind = ManifestEntry::Kind;

constexpr fs::perms kPermissions = fs::perms::all;

Error cannot_store(const fs::path& path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, concat("cannot store ", path.string(), ": ", why)};
}

class FolderReader {
 public:
  FolderReader(ArtifactStaging& staging, fs::path root)
      : staging_(staging), root_(std::move(root)) {}

  Status read(const fs::directory_entry& found) {
    if (result_.entries.size() == limits::kArtifactEntries) {
      return cannot_store(root_, concat("it holds more than ", limits::kArtifactEntries,
                                        " files; pack them into an archive"));
    }
    std::error_code error;
    const fs::file_status status = found.symlink_status(error);
    if (error) {
      return error_from_errno(error.value(), "reading " + found.path().string());
    }
    ManifestEntry entry{.path = found.path().lexically_relative(root_).generic_string(),
                        .mode = static_cast<unsigned>(status.permissions() & kPermissions)};
    switch (status.type()) {
      case fs::file_type::regular:
        return read_file(found.path(), std::move(entry));
      case fs::file_type::directory:
        entry.kind = Kind::kFolder;
        result_.entries.push_back(std::move(entry));
        return {};
      case fs::file_type::symlink:
        return read_link(found.path(), std::move(entry));
      default:
        return cannot_store(found.path(), "it is neither a file, a folder nor a link");
    }
  }

  StagedFolder take() { return std::move(result_); }

 private:
  Status read_file(const fs::path& path, ManifestEntry entry) {
    WATTLE_ASSIGN_OR_RETURN(auto staged, staging_.copy(path.string(), FollowLinks::kNo));
    entry.digest = staged.digest;
    entry.bytes = staged.bytes;
    entry.mode = staged.mode;
    result_.content_bytes += staged.bytes;
    result_.entries.push_back(std::move(entry));
    if (seen_.insert(staged.digest).second) {
      result_.files.push_back(std::move(staged));
    }
    return {};
  }

  Status read_link(const fs::path& path, ManifestEntry entry) {
    std::error_code error;
    entry.kind = Kind::kLink;
    entry.mode = 0;
    entry.target = fs::read_symlink(path, error).string();
    if (error) {
      return error_from_errno(error.value(), "reading the link " + path.string());
    }
    if (!link_stays_inside(entry.path, entry.target)) {
      return cannot_store(path, concat("it is a link to '", entry.target,
                                       "', out of the folder; replace it by what it stands for"));
    }
    result_.entries.push_back(std::move(entry));
    return {};
  }

  ArtifactStaging& staging_;
  fs::path root_;
  std::unordered_set<std::string> seen_;
  StagedFolder result_;
};

}  // namespace

Result<StagedFolder> stage_folder(ArtifactStaging& staging, const std::string& path) {
  FolderReader reader(staging, path);
  std::error_code error;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    WATTLE_RETURN_IF_ERROR(reader.read(*entry));
  }
  if (error) {
    return error_from_errno(error.value(), "reading the folder " + path);
  }
  return reader.take();
}

}  // namespace wattle::store
