#include "wattle/base/path_digest.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "wattle/base/hash.h"
#include "wattle/base/limits.h"
#include "wattle/base/text.h"

namespace wattle {
namespace {

Result<std::vector<std::string>> files_below(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  std::error_code ignored;  // a link that leads nowhere is no regular file
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(ignored)) {
      paths.push_back(entry->path().string());
    }
    if (paths.size() > limits::kArtifacts) {
      return Error(ErrorCode::kInvalidArgument,
                   concat(folder, " holds more than ", limits::kArtifacts, " files"));
    }
  }
  if (error) {
    return error_from_errno(error.value(), "listing " + folder);
  }
  std::ranges::sort(paths);
  return paths;
}

Result<PathDigest> digest_file(const std::string& path) {
  PathDigest digest;
  WATTLE_ASSIGN_OR_RETURN(digest.sha256, sha256_file(path));
  std::error_code error;
  digest.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  return error ? Result<PathDigest>(error_from_errno(error.value(), "reading " + path)) : digest;
}

}  // namespace

Result<PathDigest> digest_path(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return digest_file(path);
  }
  WATTLE_ASSIGN_OR_RETURN(const auto paths, files_below(path));
  Sha256 sum;
  PathDigest whole;
  for (const auto& file : paths) {
    WATTLE_ASSIGN_OR_RETURN(const auto part, digest_file(file));
    sum.update(concat(file.substr(path.size()), "\n", part.sha256, "\n"));
    whole.bytes += part.bytes;
  }
  whole.sha256 = sum.finish();
  return whole;
}

}  // namespace wattle
