// Whether one more job is within the quotas of its project and of its user.
//
// Asked when a job is submitted. What runs already is never ended for a quota: that is what budgets
// are for. Energy counts once it is settled, in the month in which the run ended.
//
// Units:    joules, cores, jobs.
// Errors:   kFailedPrecondition says which quota, of whom, and how much of it is used. Else as the
//           database.
// Threads:  any. Lifetime: borrows its parts.
// See:      docs/reference/access.md#quotas
#pragma once

#include <string>

#include "wattle/access/quotas.h"
#include "wattle/job/job_store.h"

namespace wattle::api {

struct QuotaQuestion {
  std::string project;
  std::string user;
  double cores = 0;  // of the new job
  UtcTime now;
};

Status check_quotas(access::Quotas& quotas, job::JobStore& jobs, const QuotaQuestion& question);

}  // namespace wattle::api
