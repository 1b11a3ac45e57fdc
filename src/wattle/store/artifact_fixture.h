// For tests of artifacts: a disk and a database whose steps can be made to fail, or be the last one
// before a kill.
//
// Units:    steps, counted from 1. Errors: a failing step is kIo, "No space left on device".
// Threads:  one. Lifetime: each borrows the Steps that it shares with the others.
#pragma once

#include <csignal>
#include <functional>
#include <string>
#include <string_view>

#include "wattle/store/artifact_disk.h"
#include "wattle/store/database.h"

namespace wattle::store {

/// Counts the changes of disk and database together.
class Steps {
 public:
  enum class Ending { kFails, kIsKilled };

  /// The step with this number and all after it fail, or the process is killed before it. 0: none.
  void end_at(int step, Ending ending) {
    end_ = step;
    ending_ = ending;
    count_ = 0;
  }
  void heal() { end_ = 0; }
  int count() const { return count_; }

  bool fails() {
    ++count_;
    if (end_ == 0 || count_ < end_) {
      return false;
    }
    if (ending_ == Ending::kIsKilled) {
      (void)std::raise(SIGKILL);
    }
    return true;
  }
  static Error full(std::string_view what) {
    return {ErrorCode::kIo, std::string(what) + ": No space left on device"};
  }

 private:
  int end_ = 0;
  Ending ending_ = Ending::kFails;
  int count_ = 0;
};

class FaultyArtifactDisk final : public ArtifactDisk {
 public:
  explicit FaultyArtifactDisk(Steps& steps) : steps_(steps) {}

  Status make_folder(const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::make_folder(path);
  }
  Result<Descriptor> create(const std::string& path) override {
    return steps_.fails() ? Result<Descriptor>(Steps::full(path)) : ArtifactDisk::create(path);
  }
  Status write(int file, std::string_view bytes, const std::string& path) override {
    // Half of it is there before the end.
    WATTLE_RETURN_IF_ERROR(ArtifactDisk::write(file, bytes.substr(0, bytes.size() / 2), path));
    return steps_.fails() ? Steps::full(path)
                          : ArtifactDisk::write(file, bytes.substr(bytes.size() / 2), path);
  }
  Status seal(int file, unsigned mode, const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::seal(file, mode, path);
  }
  Status make_link(const std::string& target, const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::make_link(target, path);
  }
  Status move(const std::string& from, const std::string& to) override {
    return steps_.fails() ? Steps::full(to) : ArtifactDisk::move(from, to);
  }
  Status sync_folder(const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::sync_folder(path);
  }
  Status remove_file(const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::remove_file(path);
  }
  Status remove_folder(const std::string& path) override {
    return steps_.fails() ? Steps::full(path) : ArtifactDisk::remove_folder(path);
  }

 private:
  Steps& steps_;
};

/// A write may fail before it, or after it was committed: the answer was lost.
class FaultyDatabase final : public Database {
 public:
  FaultyDatabase(Database& real, Steps& steps) : real_(real), steps_(steps) {}

  Status write(const Work& work) override {
    if (steps_.fails()) {
      return Steps::full("the database");
    }
    WATTLE_RETURN_IF_ERROR(real_.write(work));
    return steps_.fails() ? Steps::full("the database, after the commit") : Status();
  }
  Status read(const Work& work) override { return real_.read(work); }
  Backend backend() const override { return real_.backend(); }

 private:
  Database& real_;
  Steps& steps_;
};

}  // namespace wattle::store
