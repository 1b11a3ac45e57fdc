// Hands on the output of a run while it grows, on a thread of its own, until the object ends.
//
// Units:    none. Errors: output that cannot be read is said once, on standard error.
// Threads:  starts one thread, which calls the callback and ends with the object; what the callback
//           uses must not be used by others meanwhile.
// Lifetime: borrows the output.
#pragma once

#include <string>
#include <thread>

#include "wattle/cli/output.h"
#include "wattle/executor/output_log.h"

namespace wattle::cli {

class OutputPrinter {
 public:
  OutputPrinter(Output& output, std::string attempt_folder, executor::OutputCallback callback);
  /// Hands on what is left, then returns. REQUIRES: the run has ended, or nobody wants the rest.
  ~OutputPrinter();
  OutputPrinter(const OutputPrinter&) = delete;
  OutputPrinter& operator=(const OutputPrinter&) = delete;

 private:
  int stop_ = -1;
  std::jthread thread_;
};

}  // namespace wattle::cli
