// The way into the command line: all of main().
//
// Units:    exit codes as base/error_code.h. Errors: reported on standard error, one line.
// Threads:  one thread. Lifetime: none.
#pragma once

namespace wattle::cli {

/// Parses, dispatches, reports; returns the exit code. `environment` as environ.
int run_command_line(int argc, const char* const* argv, const char* const* environment);

}  // namespace wattle::cli
