#include "wattle/store/file_copy.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/hash.h"

namespace wattle::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

Status write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return error_from_errno(errno, "writing " + path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
  return {};
}

/// False when the file of that name has gone meanwhile.
bool is_plain(const fs::directory_entry& entry) {
  std::error_code error;
  return !entry.is_symlink(error) && entry.is_regular_file(error);
}

}  // namespace

Result<std::string> copy_file(const std::string& from, const std::string& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!source.is_open() || ::fstat(source.get(), &info) != 0) {
    return error_from_errno(errno, "opening " + from);
  }
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target.is_open() || ::fchmod(target.get(), info.st_mode & 0777U) != 0) {
    return error_from_errno(errno, "making " + to);
  }
  Sha256 digest;
  std::string block(kBlockBytes, '\0');
  for (;;) {
    const ssize_t count = ::read(source.get(), block.data(), block.size());
    if (count < 0 && errno != EINTR) {
      return error_from_errno(errno, "reading " + from);
    }
    if (count == 0) {
      return digest.finish();
    }
    const std::string_view read(block.data(),
                                static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    digest.update(read);
    WATTLE_RETURN_IF_ERROR(write_all(target.get(), read, to));
  }
}

Result<std::string> link_or_copy(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    return sha256_file(to);
  }
  if (errno == ENOENT) {
    return error_from_errno(ENOENT, "opening " + from);
  }
  return copy_file(from, to);
}

Result<std::vector<std::string>> files_below(
    const std::string& folder, const std::function<bool(std::string_view)>& is_wanted) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::none, error);
  if (error == std::errc::no_such_file_or_directory) {
    return paths;
  }
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().lexically_relative(folder).string();
    if (!is_wanted(path)) {
      entry.disable_recursion_pending();
    } else if (is_plain(*entry)) {
      paths.push_back(path);
    }
  }
  // A folder that was removed while it was read holds nothing any more.
  if (error && error != std::errc::no_such_file_or_directory) {
    return error_from_errno(error.value(), "reading the folder " + folder);
  }
  std::ranges::sort(paths);
  return paths;
}

Status sync_file_system(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::syncfs(folder.get()) != 0) {
    return error_from_errno(errno, "syncing " + path);
  }
  return {};
}

}  // namespace wattle::store
