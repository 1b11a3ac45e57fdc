// The twelve ways in which something can fail, and how each shows to a user of the CLI or the API.
//
// Units:    none. Errors: none. Threads: any. Lifetime: constants.
// See:      docs/reference/exit-codes.md.
#pragma once

#include <string_view>

namespace wattle {

enum class ErrorCode {
  kInvalidArgument,     // the user's input is wrong; the same call fails again
  kNotFound,            // what was named does not exist
  kAlreadyExists,       // what was to be made exists
  kFailedPrecondition,  // the state does not allow it now (a gate, a budget, a wrong order)
  kUnavailable,         // a resource is missing or busy; the same call may succeed later
  kTimeout,             // the deadline passed, or cannot be met
  kCancelled,           // the caller stopped it
  kPermissionDenied,    // the user may not
  kIo,                  // a disk, pipe or socket failed
  kParse,               // bytes do not have the form that they should have
  kUnsupported,         // this host or build cannot do it
  kInternal,            // a bug of ours
};

/// Process exit codes of every `wattle` command. A wrapped command's own code passes through
/// `measure`.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kGateFailed = 4,
  kDeadline = 5,
  kPermission = 6,
  kUnavailable = 7,
  kCannotExecute = 126,
  kCommandNotFound = 127,
  kInterrupted = 130,
};

/// One row of the table that maps a code to its name, exit code and HTTP status.
struct ErrorCodeRow {
  ErrorCode code;
  std::string_view name;
  ExitCode exit_code;
  int http_status;
};

const ErrorCodeRow& describe(ErrorCode code);

}  // namespace wattle
