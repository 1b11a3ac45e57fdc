// What every command gets: the world it acts in, wired once by main.
//
// Units:    none. Errors: open() fails when there is no place for Wattle's files.
// Threads:  one thread. Lifetime: outlives the command; owns the real files, clock, processes and
// executor.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/cli/output.h"
#include "wattle/executor/executor.h"
#include "wattle/job/job_house.h"
#include "wattle/job/run_desk.h"
#include "wattle/store/home.h"

namespace wattle::cli {

class Context {
 public:
  /// `environment_block` as `environ`; nothing is created yet.
  Context(const char* const* environment_block, Output& output);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Output& output() { return output_; }
  FileSystem& files() { return files_; }
  const Clock& clock() const { return clock_; }
  Subprocess& subprocess() { return subprocess_; }
  const std::map<std::string, std::string, std::less<>>& environment() const {
    return environment_;
  }
  /// Folder of this program, where its siblings lie.
  const std::string& program_folder() const { return program_folder_; }
  /// Prefix of /sys, /proc and /etc: WATTLE_SENSOR_ROOT, else "".
  std::string sensor_root() const;

  Result<store::Home> home() const;
  /// What desks, queue and server are made of.
  Result<job::Surroundings> surroundings();
  /// The desk over this user's home, without the database; made once.
  Result<job::RunDesk*> desk();
  /// The queue of this user's home, with what was begun without it taken in; made once.
  Result<job::JobHouse*> house();
  /// WATTLE_DATABASE, else "": SQLite, in the home.
  std::string database_url() const;

 private:
  std::unique_ptr<executor::Executor> make_executor(const store::Home& home);

  Output& output_;
  RealFileSystem files_;
  SystemClock clock_;
  Rng rng_ = Rng::from_entropy();
  RealSubprocess subprocess_;
  std::map<std::string, std::string, std::less<>> environment_;
  std::string program_folder_;
  std::unique_ptr<executor::Executor> executor_;
  std::unique_ptr<job::RunDesk> desk_;
  std::unique_ptr<job::JobHouse> house_;
};

}  // namespace wattle::cli
