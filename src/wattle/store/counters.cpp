#include "wattle/store/counters.h"

namespace wattle::store {
namespace {

Result<std::int64_t> single(Session& session, std::string_view sql, std::string_view counter) {
  std::int64_t number = 0;
  WATTLE_RETURN_IF_ERROR(session.query(sql, {std::string(counter)}, [&](const SqlRow& row) {
    number = row.integer(0);
    return Status();
  }));
  return number;
}

}  // namespace

Result<std::int64_t> next_number(Session& session, std::string_view counter) {
  return single(session,
                "INSERT INTO counters (name, value) VALUES (?, 1)"
                " ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
                counter);
}

Result<std::int64_t> last_number(Session& session, std::string_view counter) {
  return single(session, "SELECT value FROM counters WHERE name = ?", counter);
}

}  // namespace wattle::store
