#include "wattle/base/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wattle/base/descriptor.h"
#include "wattle/base/text.h"

namespace wattle {
namespace {

constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kPrivateFolder = 0700;

Status write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return error_from_errno(errno, "writing " + path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor descriptor(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open() || ::fsync(descriptor.get()) != 0) {
    return error_from_errno(errno, "syncing the folder of " + path);
  }
  return {};
}

class RealAppendFile final : public AppendFile {
 public:
  RealAppendFile(Descriptor descriptor, std::string path, std::int64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  Status append(std::string_view bytes) override {
    auto status = write_all(descriptor_.get(), bytes, path_);
    if (status.ok()) {
      size_ += static_cast<std::int64_t>(bytes.size());
    }
    return status;
  }
  Status sync() override {
    return ::fdatasync(descriptor_.get()) == 0 ? Status()
                                               : error_from_errno(errno, "syncing " + path_);
  }
  Bytes size() const override { return Bytes(size_); }

 private:
  Descriptor descriptor_;
  std::string path_;
  std::int64_t size_;
};

Status write_temporary(const std::string& path, std::string_view bytes) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kPrivateFile));
  if (!file.is_open()) {
    return error_from_errno(errno, "writing " + path);
  }
  WATTLE_RETURN_IF_ERROR(write_all(file.get(), bytes, path));
  return ::fsync(file.get()) == 0 ? Status() : error_from_errno(errno, "syncing " + path);
}

}  // namespace

FileLock::~FileLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<std::string> RealFileSystem::read(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  constexpr std::size_t kBlock = std::size_t{16} * 1024;
  std::string bytes;
  for (;;) {
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + kBlock);
    const ssize_t count = ::read(file.get(), bytes.data() + old_size, kBlock);
    bytes.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) {
      return bytes;
    }
    if (count < 0 && errno != EINTR) {
      return error_from_errno(errno, "reading " + path);
    }
    if (bytes.size() > limit) {
      return Error(ErrorCode::kInvalidArgument,
                   concat(path, " is larger than the ", limit, " bytes that are allowed here"));
    }
  }
}

Result<std::string> FileSystem::read_from(const std::string& path, std::int64_t offset,
                                          std::size_t limit) {
  const std::size_t begin = static_cast<std::size_t>(std::max<std::int64_t>(offset, 0));
  WATTLE_ASSIGN_OR_RETURN(const std::string whole, read(path, begin + limit));
  return begin < whole.size() ? whole.substr(begin, limit) : std::string();
}

Result<std::string> RealFileSystem::read_from(const std::string& path, std::int64_t offset,
                                              std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  std::string bytes(limit, '\0');
  std::size_t size = 0;
  while (size < limit) {
    const ssize_t count = ::pread(file.get(), bytes.data() + size, limit - size,
                                  static_cast<off_t>(offset) + static_cast<off_t>(size));
    if (count < 0 && errno != EINTR) {
      return error_from_errno(errno, "reading " + path);
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  bytes.resize(size);
  return bytes;
}

Status RealFileSystem::write_atomic(const std::string& path, std::string_view bytes) {
  // One writer per file is the rule here; the process id keeps two that break it from mixing their
  // bytes.
  const std::string temporary = concat(path, ".tmp.", static_cast<long>(::getpid()));
  auto status = write_temporary(temporary, bytes);
  if (status.ok()) {
    status = rename(temporary, path);
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return sync_folder_of(path);
}

Result<std::unique_ptr<AppendFile>> RealFileSystem::open_append(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kPrivateFile));
  struct stat info{};
  if (!file.is_open() || ::fstat(file.get(), &info) != 0) {
    return error_from_errno(errno, "opening " + path);
  }
  return std::unique_ptr<AppendFile>(
      std::make_unique<RealAppendFile>(std::move(file), path, info.st_size));
}

Status RealFileSystem::make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), kPrivateFolder) == 0) {
    return {};
  }
  struct stat info{};
  if (errno == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return {};
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  if (errno == ENOENT && !parent.empty() && parent != path) {
    WATTLE_RETURN_IF_ERROR(make_directories(parent));
    if (::mkdir(path.c_str(), kPrivateFolder) == 0 || errno == EEXIST) {
      return {};
    }
  }
  return error_from_errno(errno, "making the folder " + path);
}

Result<std::vector<std::string>> RealFileSystem::list(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) {
    return error_from_errno(error.value(), "listing " + path);
  }
  std::ranges::sort(names);
  return names;
}

Status RealFileSystem::rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? Status()
                                                 : error_from_errno(errno, "renaming to " + to);
}

Status RealFileSystem::remove_all(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? Status(error_from_errno(error.value(), "removing " + path)) : Status();
}

Result<std::string> FileSystem::read_link(const std::string& path) {
  return Error(ErrorCode::kUnsupported, "no symbolic links here: " + path);
}

Result<std::string> RealFileSystem::read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size < 0) {
    return error_from_errno(errno, "reading the link " + path);
  }
  return std::string(target.data(), static_cast<std::size_t>(size));
}

bool RealFileSystem::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Result<FileLock> RealFileSystem::try_lock(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateFile));
  if (!file.is_open()) {
    return error_from_errno(errno, "opening " + path);
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return error_from_errno(errno, "locking " + path);
  }
  return FileLock(file.release());
}

std::string path_join(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && path.back() != '/') {
    path += '/';
  }
  return path.append(name);
}

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  std::string normal = error ? path : absolute.lexically_normal().string();
  if (normal.size() > 1 && normal.ends_with('/')) {
    normal.pop_back();  // "/a/." is the folder "/a"
  }
  return normal;
}

}  // namespace wattle
