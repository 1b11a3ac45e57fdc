// Follows a run from its place in the queue to its end: its output as it grows, its states as they
// change, Ctrl-C as a wish.
//
// Units:    none. Errors: those of the database and the server. Threads: one thread, and a
//           printer's.
// Lifetime: borrows the context; the run goes on when we end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "wattle/cli/context.h"
#include "wattle/cli/stop_signals.h"
#include "wattle/executor/output_log.h"
#include "wattle/job/job_store.h"

namespace wattle::cli {

struct FollowOptions {
  executor::OutputCallback on_output;  // nullptr: the output is not wanted
  bool tells_states = true;            // narrates what it waits for
  std::uint32_t after_attempt = 0;     // the output of this attempt and those before was told
};

/// Until the run has ended or rests; the row that it has then. A signal of `signals` (may be null)
/// stops the run, a second one kills it.
Result<job::JobRow> follow_run(Context& context, const std::string& run,
                               const FollowOptions& options, StopSignals* signals);

/// Did it come to an end, or to rest?
bool has_settled(const job::JobRow& row);

}  // namespace wattle::cli
