#include "wattle/api/quota_check.h"

#include <chrono>
#include <ctime>

#include "wattle/base/text.h"

namespace wattle::api {
namespace {

using access::QuotaKind;
using access::QuotaSubject;

bool is_of(const job::JobRow& row, const QuotaSubject& subject) {
  return (subject.kind == QuotaKind::kProject ? row.project : row.actor) == subject.name;
}

std::string words_of(const QuotaSubject& subject) {
  return concat(subject.kind == QuotaKind::kProject ? "project" : "user", " '", subject.name, "'");
}

UtcTime month_of(UtcTime now) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::nanoseconds> instant{std::chrono::nanoseconds(now.ns)};
  const std::chrono::year_month_day date(floor<std::chrono::days>(instant));
  const std::chrono::sys_days first = date.year() / date.month() / 1;
  return UtcTime{std::chrono::nanoseconds(first.time_since_epoch()).count()};
}

Error over(const QuotaSubject& subject, const std::string& what, const std::string& then) {
  return {ErrorCode::kFailedPrecondition, concat(words_of(subject), " has a quota of ", what, "; ",
                                                 then, ", or have the quota raised")};
}

Status check_counts(const access::Quota& quota, const std::vector<job::JobRow>& active,
                    const QuotaSubject& subject, double cores) {
  std::int64_t jobs = 1;
  for (const auto& row : active) {
    if (is_of(row, subject)) {
      ++jobs;
      cores += row.needs.cpus;
    }
  }
  if (quota.jobs && jobs > *quota.jobs) {
    return over(subject, concat(*quota.jobs, " jobs at once, and this is number ", jobs),
                "wait until one has ended");
  }
  if (quota.cores && cores > static_cast<double>(*quota.cores)) {
    return over(subject, concat(*quota.cores, " cores at once, and this job makes it ", cores),
                "ask for fewer");
  }
  return {};
}

Status check_energy(job::JobStore& jobs, Microjoules bound, const QuotaSubject& subject,
                    UtcTime now) {
  const bool is_project = subject.kind == QuotaKind::kProject;
  WATTLE_ASSIGN_OR_RETURN(
      const auto used,
      jobs.joules_since(month_of(now),
                        {.project = is_project ? std::optional(subject.name) : std::nullopt,
                         .actor = is_project ? std::nullopt : std::optional(subject.name)}));
  const auto most = to_joules(bound);
  return used < most ? Status()
                     : Status(over(subject,
                                   concat(most.value(), " J a month, of which ", used.value(),
                                          " J are used"),
                                   "wait for the next month"));
}

}  // namespace

Status check_quotas(access::Quotas& quotas, job::JobStore& jobs, const QuotaQuestion& question) {
  for (const auto& subject : {QuotaSubject{QuotaKind::kProject, question.project},
                              QuotaSubject{QuotaKind::kUser, question.user}}) {
    WATTLE_ASSIGN_OR_RETURN(const auto stored, quotas.get(subject));
    const auto& quota = stored.quota;
    if (quota.jobs || quota.cores) {
      WATTLE_ASSIGN_OR_RETURN(const auto active, jobs.active());
      WATTLE_RETURN_IF_ERROR(check_counts(quota, active, subject, question.cores));
    }
    if (quota.energy_per_month) {
      WATTLE_RETURN_IF_ERROR(check_energy(jobs, *quota.energy_per_month, subject, question.now));
    }
  }
  return {};
}

}  // namespace wattle::api
