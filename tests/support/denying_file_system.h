// The real files, but for those that the kernel hides: reading a path that ends in a given text is
// refused. Stands in for root-only files where tests run as root.
//
// Units:    bytes. Errors: kPermissionDenied for hidden paths, else as RealFileSystem.
// Threads:  one. Lifetime: owns nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wattle/base/file.h"

namespace wattle::support {

class DenyingFileSystem final : public FileSystem {
 public:
  explicit DenyingFileSystem(std::string hidden_suffix) : hidden_(std::move(hidden_suffix)) {}

  Result<std::string> read(const std::string& path, std::size_t limit) override {
    if (path.ends_with(hidden_)) {
      return Error(ErrorCode::kPermissionDenied, "opening " + path + ": Permission denied");
    }
    return real_.read(path, limit);
  }
  Status write_atomic(const std::string& path, std::string_view bytes) override {
    return real_.write_atomic(path, bytes);
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    return real_.open_append(path);
  }
  Status make_directories(const std::string& path) override { return real_.make_directories(path); }
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
  std::string hidden_;
};

}  // namespace wattle::support
