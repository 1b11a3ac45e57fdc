// Rows of the tables of jobs, to and from what the module works with. Only job_store.cpp and its
// neighbours know the names of columns.
//
// Units:    nanoseconds of UTC, thousandths of a CPU, bytes. Errors: kParse for a damaged row.
// Threads:  pure functions. Lifetime: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/job/job_store.h"

namespace wattle::job {

/// The columns of a JobRow, in the order in which read_job_row() takes them.
inline constexpr std::string_view kJobColumns =
    "run, project, actor, name, kind, state, reason, wish, priority, milli_cpus, memory_bytes, "
    "gpus, gpu_set, at_most_ns, created_ns, changed_ns, ready_ns, attempt, further_attempts, "
    "frozen, "
    "exhausted_budget, asked";

Result<JobRow> read_job_row(const store::SqlRow& row);

/// What a job asks of the host. One CPU when it does not say: it may use all, but holds one.
Needs needs_of(const spec::JobSpec& job);

/// "0,2" for GPUs 0 and 2.
std::string gpu_set_text(const std::vector<int>& gpus);

/// What makes two submissions the same: the job, its folder, and nothing of the moment.
std::string submission_digest(const RunRecord& record);

}  // namespace wattle::job
