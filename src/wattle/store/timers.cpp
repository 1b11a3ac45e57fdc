#include "wattle/store/timers.h"

namespace wattle::store {

Status Timers::set(Session& session, const Timer& timer) {
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO timers (name, due_ns, payload) VALUES (?, ?, ?)"
      " ON CONFLICT (name) DO UPDATE SET due_ns = excluded.due_ns, payload = excluded.payload",
      {timer.name, timer.due.ns, timer.payload}));
  return {};
}

Result<bool> Timers::cancel(Session& session, std::string_view name) {
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session.execute("DELETE FROM timers WHERE name = ?", {std::string(name)}));
  return removed == 1;
}

Result<bool> Timers::take(Session& session, const Timer& timer) {
  WATTLE_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      session.execute("DELETE FROM timers WHERE name = ? AND due_ns = ? AND payload = ?",
                      {timer.name, timer.due.ns, timer.payload}));
  return removed == 1;
}

Result<std::vector<Timer>> Timers::due(UtcTime now, std::int64_t limit) {
  std::vector<Timer> timers;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    timers.clear();
    return session.query(
        "SELECT name, due_ns, payload FROM timers WHERE due_ns <= ? ORDER BY due_ns, name LIMIT ?",
        {now.ns, limit}, [&](const SqlRow& row) {
          timers.push_back({.name = row.text(0), .due = {row.integer(1)}, .payload = row.text(2)});
          return Status();
        });
  }));
  return timers;
}

Result<std::optional<UtcTime>> Timers::next_due() {
  std::optional<UtcTime> next;
  WATTLE_RETURN_IF_ERROR(database_.read([&](Session& session) {
    return session.query("SELECT MIN(due_ns) FROM timers", {}, [&](const SqlRow& row) {
      next = row.is_null(0) ? std::nullopt : std::optional(UtcTime{row.integer(0)});
      return Status();
    });
  }));
  return next;
}

}  // namespace wattle::store
