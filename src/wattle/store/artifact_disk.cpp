#include "wattle/store/artifact_disk.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wattle::store {
namespace {

constexpr mode_t kNewFileMode = 0600;
constexpr mode_t kNewFolderMode = 0700;

std::string folder_over(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

bool cannot_clone(int error_number) {
  // Different file systems, no support, an old kernel, a layer that filters the call.
  return error_number == EXDEV || error_number == EOPNOTSUPP || error_number == ENOTTY ||
         error_number == EINVAL || error_number == ENOSYS || error_number == EPERM;
}

}  // namespace

Status ArtifactDisk::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kNewFolderMode) == 0) {
    return sync_folder(folder_over(path));
  }
  if (errno == EEXIST && std::filesystem::is_directory(path)) {
    return {};
  }
  if (errno != ENOENT || folder_over(path) == path) {
    return error_from_errno(errno, "making the folder " + path);
  }
  WATTLE_RETURN_IF_ERROR(make_folder(folder_over(path)));
  if (::mkdir(path.c_str(), kNewFolderMode) != 0 && errno != EEXIST) {
    return error_from_errno(errno, "making the folder " + path);
  }
  return sync_folder(folder_over(path));
}

Result<Descriptor> ArtifactDisk::create(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode));
  if (!file.is_open()) {
    return error_from_errno(errno, "making " + path);
  }
  return file;
}

Result<bool> ArtifactDisk::clone(int from, int to) {
  if (::ioctl(to, FICLONE, from) == 0) {
    return true;
  }
  return cannot_clone(errno) ? Result<bool>(false) : error_from_errno(errno, "cloning a file");
}

Status ArtifactDisk::write(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return error_from_errno(errno, "writing " + path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
  }
  return {};
}

Status ArtifactDisk::seal(int file, unsigned mode, const std::string& path) {
  if (::fchmod(file, mode) != 0 || ::fsync(file) != 0) {
    return error_from_errno(errno, "syncing " + path);
  }
  return {};
}

Status ArtifactDisk::make_link(const std::string& target, const std::string& path) {
  return ::symlink(target.c_str(), path.c_str()) == 0
             ? Status()
             : error_from_errno(errno, "making the link " + path);
}

Status ArtifactDisk::move(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? Status()
                                                 : error_from_errno(errno, "renaming to " + to);
}

Status ArtifactDisk::sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) {
    return error_from_errno(errno, "syncing the folder " + path);
  }
  return {};
}

Status ArtifactDisk::remove_file(const std::string& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT
             ? Status()
             : error_from_errno(errno, "removing " + path);
}

Status ArtifactDisk::remove_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? Status(error_from_errno(error.value(), "removing " + path)) : Status();
}

}  // namespace wattle::store
