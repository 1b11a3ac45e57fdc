// A FileSystem whose n-th change fails, as on a full disk. For tests that fail every step of an
// operation in turn.
//
// Units:    none. Errors: the failing change is kIo, "no space left"; an append may have written
//           half of its bytes.
// Threads:  one thread. Lifetime: borrows the FileSystem that it wraps.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/file.h"

namespace wattle::support {

class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& real) : real_(real) {}

  /// The change number `step`, from now on counted from 1, fails, and all after it until heal(). 0:
  /// none fails.
  void fail_from(int step) {
    fail_from_ = step;
    changes_ = 0;
  }
  void heal() { fail_from_ = 0; }
  /// Changes that were asked for since fail_from().
  int changes() const { return changes_; }

  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return real_.read(path, limit);
  }
  Status write_atomic(const std::string& path, std::string_view bytes) override {
    return fails() ? full(path) : real_.write_atomic(path, bytes);
  }
  Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override {
    if (fails()) {
      return full(path);
    }
    WATTLE_ASSIGN_OR_RETURN(auto file, real_.open_append(path));
    return std::unique_ptr<AppendFile>(std::make_unique<FaultyFile>(*this, std::move(file)));
  }
  Status make_directories(const std::string& path) override {
    return fails() ? full(path) : real_.make_directories(path);
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return fails() ? full(to) : real_.rename(from, to);
  }
  Status remove_all(const std::string& path) override { return real_.remove_all(path); }
  bool exists(const std::string& path) override { return real_.exists(path); }
  Result<FileLock> try_lock(const std::string& path) override { return real_.try_lock(path); }

 private:
  class FaultyFile final : public AppendFile {
   public:
    FaultyFile(FaultyFileSystem& owner, std::unique_ptr<AppendFile> file)
        : owner_(owner), file_(std::move(file)) {}
    Status append(std::string_view bytes) override {
      if (owner_.fails()) {
        (void)file_->append(bytes.substr(0, bytes.size() / 2)).ok();
        return full("a file");
      }
      return file_->append(bytes);
    }
    Status sync() override { return owner_.fails() ? full("a file") : file_->sync(); }
    Bytes size() const override { return file_->size(); }

   private:
    FaultyFileSystem& owner_;
    std::unique_ptr<AppendFile> file_;
  };

  static Error full(const std::string& path) {
    return {ErrorCode::kIo, "writing " + path + ": no space left"};
  }
  bool fails() {
    ++changes_;
    return fail_from_ != 0 && changes_ >= fail_from_;
  }

  FileSystem& real_;
  int fail_from_ = 0;
  int changes_ = 0;
};

}  // namespace wattle::support
