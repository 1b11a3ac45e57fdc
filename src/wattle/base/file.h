// Files, with the promises that durability needs, behind an interface so that tests can make them
// fail.
//
// Units:    bytes. Paths: as given to the kernel; messages name them.
// Errors:   the kernel's, worded and coded by error_from_errno, with the path.
// Threads:  a FileSystem may be used from any thread; an AppendFile or FileLock from one.
// Lifetime: files close and locks open when their object ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"

namespace wattle {

/// A file that only grows. What append() accepted survives the death of this process; after sync(),
/// of the host.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// Writes all of it, or says how it failed; after a failure the file may end in a part of it.
  virtual Status append(std::string_view bytes) = 0;
  virtual Status sync() = 0;
  virtual Bytes size() const = 0;
};

/// An exclusive advisory lock (flock) that ends with the object, or with the process.
class FileLock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock();
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// The whole file. One larger than `limit` is kInvalidArgument. Works on sysfs and procfs, which
  /// tell no size.
  virtual Result<std::string> read(const std::string& path,
                                   std::size_t limit = limits::kSmallFileBytes) = 0;
  /// At most `limit` bytes from `offset` on; fewer at the end of the file.
  virtual Result<std::string> read_from(const std::string& path, std::int64_t offset,
                                        std::size_t limit);
  /// Replaces the file as a whole: temporary name, fsync, rename, fsync of the folder. All or
  /// nothing.
  virtual Status write_atomic(const std::string& path, std::string_view bytes) = 0;
  virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) = 0;
  /// Like `mkdir -p`. New folders are for the owner only (0700).
  virtual Status make_directories(const std::string& path) = 0;
  /// Names in the folder, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file or a whole folder; nothing there is no error.
  virtual Status remove_all(const std::string& path) = 0;
  virtual bool exists(const std::string& path) = 0;
  /// What a symbolic link points to, as written in it. kUnsupported where there are no links.
  virtual Result<std::string> read_link(const std::string& path);
  /// kUnavailable when somebody else holds it. Creates the file.
  virtual Result<FileLock> try_lock(const std::string& path) = 0;
};

class RealFileSystem final : public FileSystem {
 public:
  Result<std::string> read(const std::string& path, std::size_t limit) override;
  Result<std::string> read_from(const std::string& path, std::int64_t offset,
                                std::size_t limit) override;
  Status write_atomic(const std::string& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove_all(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<std::string> read_link(const std::string& path) override;
  Result<FileLock> try_lock(const std::string& path) override;
};

/// "a/b" for "a" and "b", whether or not "a" ends in a slash.
std::string path_join(std::string_view folder, std::string_view name);
/// The path without "." and ".." and made absolute from the working folder; need not exist.
std::string absolute_path(const std::string& path);

}  // namespace wattle
