#include "wattle/store/leader_lease.h"

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

struct Row {
  std::string holder;
  std::int64_t token = 0;
  std::int64_t expires_ns = 0;
};

/// Token 0 when nobody ever held it.
Result<Row> read_row(Session& session, const std::string& name) {
  Row found;
  WATTLE_RETURN_IF_ERROR(
      session.query("SELECT holder, token, expires_ns FROM leases WHERE name = ?", {name},
                    [&](const SqlRow& row) {
                      found = {row.text(0), row.integer(1), row.integer(2)};
                      return Status();
                    }));
  return found;
}

}  // namespace

Error LeaderLease::lost() const {
  return {ErrorCode::kFailedPrecondition,
          concat("the lease '", options_.name, "' of ", options_.holder,
                 " has passed to another process: nothing was written")};
}

Result<std::int64_t> LeaderLease::take(Session& session, std::int64_t now_ns) const {
  WATTLE_ASSIGN_OR_RETURN(const Row row, read_row(session, options_.name));
  if (row.token != 0 && row.expires_ns > now_ns && row.holder != options_.holder) {
    return Error(ErrorCode::kUnavailable,
                 concat("the lease '", options_.name, "' is held by ", row.holder, " until ",
                        to_rfc3339({row.expires_ns})));
  }
  const std::int64_t expires_ns = (UtcTime{now_ns} + options_.duration).ns;
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO leases (name, holder, token, expires_ns) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token,"
      " expires_ns = excluded.expires_ns",
      {options_.name, options_.holder, row.token + 1, expires_ns}));
  return row.token + 1;
}

Status LeaderLease::acquire() {
  std::int64_t token = 0;
  WATTLE_RETURN_IF_ERROR(database_.write([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(token, take(session, clock_.utc_now().ns));
    return {};
  }));
  token_ = token;
  return {};
}

Status LeaderLease::renew() {
  return database_.write([&](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(check(session));
    WATTLE_RETURN_IF_ERROR(
        session.execute("UPDATE leases SET expires_ns = ? WHERE name = ?",
                        {(clock_.utc_now() + options_.duration).ns, options_.name}));
    return {};
  });
}

Status LeaderLease::release() {
  return database_.write([&](Session& session) -> Status {
    // The row stays, so that tokens go on rising.
    WATTLE_RETURN_IF_ERROR(session.execute(
        "UPDATE leases SET expires_ns = 0 WHERE name = ? AND token = ?", {options_.name, token_}));
    return {};
  });
}

Status LeaderLease::check(Session& session) const {
  WATTLE_ASSIGN_OR_RETURN(const Row row, read_row(session, options_.name));
  const bool held = token_ != 0 && row.token == token_ && row.holder == options_.holder;
  return held ? Status() : Status(lost());
}

}  // namespace wattle::store
