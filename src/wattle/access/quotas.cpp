#include "wattle/access/quotas.h"

#include <algorithm>

#include "wattle/access/changes.h"
#include "wattle/access/names.h"
#include "wattle/base/text.h"

namespace wattle::access {
namespace {

template <typename T>
std::optional<T> lesser(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::min(*a, *b) : (a ? a : b);
}

std::string to_text(QuotaKind kind) {
  return kind == QuotaKind::kProject ? "project" : "user";
}

std::optional<std::int64_t> microjoules(const Quota& quota) {
  return quota.energy_per_month ? std::optional(quota.energy_per_month->value()) : std::nullopt;
}

std::string bound_text(const std::optional<std::int64_t>& bound) {
  return bound ? std::to_string(*bound) : "none";
}

Status check_quota(const QuotaSubject& subject, const Quota& quota) {
  WATTLE_RETURN_IF_ERROR(check_name(to_text(subject.kind), subject.name));
  const bool is_negative = microjoules(quota).value_or(0) < 0 || quota.cores.value_or(0) < 0 ||
                           quota.jobs.value_or(0) < 0;
  return is_negative
             ? Status(Error(ErrorCode::kInvalidArgument,
                            concat("the quota of ", to_text(subject.kind), " '", subject.name,
                                   "' has a bound below zero; 0 allows nothing, and "
                                   "leaving it out allows everything")))
             : Status();
}

Result<StoredQuota> find_quota(store::Session& session, const QuotaSubject& subject) {
  StoredQuota found;
  WATTLE_RETURN_IF_ERROR(session.query(
      "SELECT microjoules_per_month, cores, jobs, version FROM access_quotas "
      "WHERE kind = ? AND name = ?",
      {to_text(subject.kind), subject.name}, [&found](const store::SqlRow& row) {
        const auto energy = row.maybe_integer(0);
        found = {.quota = {.energy_per_month =
                               energy ? std::optional(Microjoules(*energy)) : std::nullopt,
                           .cores = row.maybe_integer(1),
                           .jobs = row.maybe_integer(2)},
                 .version = row.integer(3)};
        return Status();
      }));
  return found;
}

Status store_quota(store::Session& session, const Author& author, const QuotaSubject& subject,
                   const StoredQuota& stored) {
  const Quota& quota = stored.quota;
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO access_quotas (kind, name, microjoules_per_month, cores, jobs, actor, version) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET "
      "microjoules_per_month = excluded.microjoules_per_month, cores = excluded.cores, "
      "jobs = excluded.jobs, actor = excluded.actor, version = excluded.version",
      {to_text(subject.kind), subject.name, store::sql_value(microjoules(quota)),
       store::sql_value(quota.cores), store::sql_value(quota.jobs), author.actor, stored.version}));
  return note_change(session, author,
                     {.topic = "access.quota_set",
                      .project = subject.kind == QuotaKind::kProject ? subject.name : "*",
                      .subject = subject.name,
                      .details = {{"kind", to_text(subject.kind)},
                                  {"microjoules_per_month", bound_text(microjoules(quota))},
                                  {"cores", bound_text(quota.cores)},
                                  {"jobs", bound_text(quota.jobs)}}});
}

}  // namespace

Quota tighter(const Quota& a, const Quota& b) {
  return {.energy_per_month = lesser(a.energy_per_month, b.energy_per_month),
          .cores = lesser(a.cores, b.cores),
          .jobs = lesser(a.jobs, b.jobs)};
}

Result<StoredQuota> Quotas::set(const Identity& by, const QuotaSubject& subject, const Quota& quota,
                                std::optional<std::int64_t> expected) {
  WATTLE_RETURN_IF_ERROR(check_quota(subject, quota));
  WATTLE_RETURN_IF_ERROR(by.require_everywhere(Scope::kAdmin));
  const Author author{by.actor(), clock_.utc_now()};
  StoredQuota stored;
  const auto status = database_.write([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(const StoredQuota old, find_quota(session, subject));
    WATTLE_RETURN_IF_ERROR(
        check_version(concat("the quota of ", to_text(subject.kind), " '", subject.name, "'"),
                      old.version, expected));
    stored = {.quota = quota, .version = old.version + 1};
    return store_quota(session, author, subject, stored);
  });
  WATTLE_RETURN_IF_ERROR(status);
  return stored;
}

Result<StoredQuota> Quotas::get(const QuotaSubject& subject) {
  StoredQuota found;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(found, find_quota(session, subject));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return found;
}

Result<Quota> Quotas::effective(std::string_view project, std::string_view user) {
  Quota quota;
  const auto status = database_.read([&](store::Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(quota, effective(session, project, user));
    return {};
  });
  WATTLE_RETURN_IF_ERROR(status);
  return quota;
}

Result<Quota> Quotas::effective(store::Session& session, std::string_view project,
                                std::string_view user) {
  WATTLE_ASSIGN_OR_RETURN(
      const auto of_project,
      find_quota(session, {.kind = QuotaKind::kProject, .name = std::string(project)}));
  WATTLE_ASSIGN_OR_RETURN(const auto of_user, find_quota(session, {.kind = QuotaKind::kUser,
                                                                   .name = std::string(user)}));
  return tighter(of_project.quota, of_user.quota);
}

}  // namespace wattle::access
