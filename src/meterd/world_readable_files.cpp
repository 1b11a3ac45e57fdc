#include "world_readable_files.h"

#include <cerrno>
#include <filesystem>

#include <sys/stat.h>

namespace wattle::meterd {
namespace {
constexpr mode_t kReadableFile = 0644;
constexpr mode_t kReadableFolder = 0755;
}  // namespace

Result<std::unique_ptr<AppendFile>> WorldReadableFileSystem::open_append(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(auto file, real_.open_append(path));
  if (::chmod(path.c_str(), kReadableFile) != 0) {
    return error_from_errno(errno, "opening to all readers: " + path);
  }
  return file;
}

Status WorldReadableFileSystem::make_directories(const std::string& path) {
  if (real_.exists(path)) {
    return real_.make_directories(path);  // which says so when it is no folder
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  if (!parent.empty() && parent != path) {
    WATTLE_RETURN_IF_ERROR(make_directories(parent));
  }
  WATTLE_RETURN_IF_ERROR(real_.make_directories(path));
  return ::chmod(path.c_str(), kReadableFolder) == 0
             ? Status()
             : error_from_errno(errno, "opening to all readers: " + path);
}

}  // namespace wattle::meterd
