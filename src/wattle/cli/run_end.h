// How a run that has ended is told: its receipt out of the database, and the exit code of the
// command that followed it.
//
// Units:    exit codes as base/error_code.h. Errors: receipt_of(): kNotFound: it has none yet.
// Threads:  as the house. Lifetime: value types.
#pragma once

#include <string>

#include "wattle/cli/context.h"
#include "wattle/job/job_store.h"
#include "wattle/messages/receipt.h"

namespace wattle::cli {

Result<messages::Receipt> receipt_of(job::JobHouse& house, const std::string& run);

/// `receipt` may be null: it never began.
int exit_code_of(const job::JobRow& row, const messages::Receipt* receipt);

}  // namespace wattle::cli
