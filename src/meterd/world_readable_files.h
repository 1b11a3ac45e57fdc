// A FileSystem whose new files and folders everybody may read: the host's samples are no secret.
//
// Units:    bytes. Errors: as RealFileSystem. Threads: any. Lifetime: owns nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wattle/base/file.h"

namespace wattle::meterd {

class WorldReadableFileSystem final : public FileSystem {
 public:
  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return real_.read(path, limit);
  }
  Status write_atomic(const std::string& path, std::string_view bytes) override {
    return real_.write_atomic(path, bytes);
  }
  /// The file is 0644.
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
  /// New folders are 0755.
  Status make_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return real_.rename(from, to);
  }
  Status remove_all(const std::string& path) override { return real_.remove_all(path); }
  bool exists(const std::string& path) override { return real_.exists(path); }
  Result<FileLock> try_lock(const std::string& path) override { return real_.try_lock(path); }

 private:
  RealFileSystem real_;
};

}  // namespace wattle::meterd
