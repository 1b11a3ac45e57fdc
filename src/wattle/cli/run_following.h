// Follows a run from its place in the queue to its end: its output as it grows, its states as they
// change, Ctrl-C as a wish.
//
// Units:    none. Errors: those of the server. Threads: one thread.
// Lifetime: borrows the context and the client; the run goes on when we end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "wattle/cli/api_client.h"
#include "wattle/cli/context.h"
#include "wattle/cli/stop_signals.h"
#include "wattle/messages/run.h"

namespace wattle::cli {

using OnLogLine = std::function<void(const messages::LogLine&)>;

struct FollowOptions {
  OnLogLine on_output;              // nullptr: the output is not wanted
  bool tells_states = true;         // narrates what it waits for
  std::uint32_t after_attempt = 0;  // the output of this attempt and those before was told
};

/// Until the run has ended or rests; what it is then. A signal of `signals` (may be null) stops the
/// run, a second one kills it.
Result<messages::RunSummary> follow_run(Context& context, ApiClient& client, const std::string& run,
                                        const FollowOptions& options, StopSignals* signals);

}  // namespace wattle::cli
