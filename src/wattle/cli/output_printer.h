// Prints the output of a run while it grows, on a thread of its own, until the object ends.
//
// Units:    none. Errors: output that cannot be read is said once, on standard error.
// Threads:  starts one thread, which ends with the object; the Output must not be used meanwhile
// but for narration. Lifetime: borrows the context.
#pragma once

#include <string>
#include <thread>

#include "wattle/cli/context.h"

namespace wattle::cli {

class OutputPrinter {
 public:
  enum class To {
    kSameStream,  // stdout to stdout, stderr to stderr
    kNarration,   // both to standard error: standard output is for data
  };

  OutputPrinter(Context& context, std::string attempt_folder, To to);
  /// Prints what is left, then returns. REQUIRES: the run has ended.
  ~OutputPrinter();
  OutputPrinter(const OutputPrinter&) = delete;
  OutputPrinter& operator=(const OutputPrinter&) = delete;

 private:
  int stop_ = -1;
  std::jthread thread_;
};

}  // namespace wattle::cli
