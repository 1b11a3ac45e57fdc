// The world that jobs live in: what a home's desks are made of, passed on by whoever composes them.
//
// Units:    none. Errors: none. Threads: one thread. Lifetime: borrows; outlives what it is given
//           to.
#pragma once

#include <map>
#include <string>

#include "wattle/base/file.h"
#include "wattle/base/rng.h"
#include "wattle/base/subprocess.h"
#include "wattle/base/time.h"
#include "wattle/executor/executor.h"
#include "wattle/job/run_index.h"
#include "wattle/store/home.h"

namespace wattle::job {

struct Surroundings {
  FileSystem& files;
  const Clock& clock;
  Rng& rng;
  Subprocess& subprocess;
  executor::Executor& executor;
  std::map<std::string, std::string, std::less<>> environment;
  store::Home home;
  std::string program_folder;  // where wattle-train and its siblings lie; added to the end of the
                               // job's PATH
  std::string root;            // prefix of /sys, /proc and /etc; "" or a test's tree
  std::string host_nodes;      // segments of the host's own meter, if it has one
  RunIndex* index = nullptr;   // null: the folders themselves are asked
};

}  // namespace wattle::job
