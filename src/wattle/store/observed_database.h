// A database that tells somebody about each commit: whoever shows what is in it looks again then,
// and nobody polls.
//
// Units:    none. Errors: those of the database that it stands for.
// Threads:  as that database; `on_commit` is called by the thread that wrote, after its write.
// Lifetime: owns the database.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "wattle/store/database.h"

namespace wattle::store {

class ObservedDatabase final : public Database {
 public:
  ObservedDatabase(std::unique_ptr<Database> database, std::function<void()> on_commit)
      : database_(std::move(database)), on_commit_(std::move(on_commit)) {}

  Status write(const Work& work) override {
    auto written = database_->write(work);
    if (written.ok()) {
      on_commit_();
    }
    return written;
  }
  Status read(const Work& work) override { return database_->read(work); }
  Backend backend() const override { return database_->backend(); }
  Status copy_to(const std::string& path) override { return database_->copy_to(path); }

 private:
  std::unique_ptr<Database> database_;
  std::function<void()> on_commit_;
};

}  // namespace wattle::store
