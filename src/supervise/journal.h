// supervisor.log: what the supervisor has to say to people while the job runs, a line each.
//
// Units:    UTC in front of each line.
// Errors:   none: what cannot be written is left out. After kMostLines nothing is written.
// Threads:  one thread. Lifetime: borrows its Clock.
#pragma once

#include <string>
#include <string_view>

#include "wattle/base/time.h"

namespace wattle::supervise {

class Journal {
 public:
  static constexpr int kMostLines = 1000;

  Journal(const Clock& clock, std::string path) : clock_(clock), path_(std::move(path)) {}
  void write(std::string_view line);

 private:
  const Clock& clock_;
  std::string path_;
  int lines_ = 0;
};

}  // namespace wattle::supervise
