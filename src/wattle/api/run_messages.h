// Runs as the API tells them: rows of the queue and of the registry, and receipts, as messages.
//
// Units:    as messages. Errors: those of the database; kParse for a damaged receipt.
// Threads:  as the JobStore. Lifetime: value types.
#pragma once

#include <vector>

#include "wattle/job/job_store.h"
#include "wattle/messages/run.h"

namespace wattle::api {

/// Of these rows, in their order.
Result<std::vector<messages::RunSummary>> run_summaries(job::JobStore& jobs,
                                                        const std::vector<job::JobRow>& rows);
Result<messages::RunDetail> run_detail(job::JobStore& jobs, const job::JobRow& row);

}  // namespace wattle::api
