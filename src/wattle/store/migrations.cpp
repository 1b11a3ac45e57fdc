#include "wattle/store/migrations.h"

#include <algorithm>
#include <map>

#include "wattle/base/file.h"
#include "wattle/base/hash.h"
#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::string_view kMakeTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " module TEXT NOT NULL,"
    " number INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " digest TEXT NOT NULL,"
    " program TEXT NOT NULL,"
    " applied_at_ns INTEGER NOT NULL,"
    " PRIMARY KEY (module, number)) STRICT";

struct Applied {
  std::string name;
  std::string digest;
  std::string program;
};
/// By module, then number.
using History = std::map<std::string, std::map<int, Applied>>;

std::string digest_of(const Migration& migration) {
  std::string all;
  for (const auto& statement : migration.statements) {
    all += statement;
    all += '\0';
  }
  return sha256_hex(all);
}

Result<History> read_history(Session& session) {
  History history;
  auto status = session.query("SELECT module, number, name, digest, program FROM schema_migrations",
                              {}, [&](const SqlRow& row) {
                                history[row.text(0)][static_cast<int>(row.integer(1))] = {
                                    row.text(2), row.text(3), row.text(4)};
                                return Status();
                              });
  return status.ok() ? Result<History>(std::move(history)) : Result<History>(status.error());
}

Result<History> history_of(Database& database) {
  History history;
  WATTLE_RETURN_IF_ERROR(database.read([&](Session& session) -> Status {
    WATTLE_ASSIGN_OR_RETURN(history, read_history(session));
    return {};
  }));
  return history;
}

/// A database that was migrated before is only read: a program that starts costs no commit.
Result<History> history_or_new_table(Database& database) {
  auto history = history_of(database);
  if (history.ok() || history.error().code() != ErrorCode::kInvalidArgument) {
    return history;
  }
  const auto make_table = [](Session& session) -> Status {
    WATTLE_RETURN_IF_ERROR(session.execute(kMakeTable));
    return {};
  };
  WATTLE_RETURN_IF_ERROR(database.write(make_table));
  return history_of(database);
}

Error changed(const Schema& schema, const Migration& migration, const Applied& applied) {
  return {ErrorCode::kFailedPrecondition,
          concat("migration ", migration.number, " of ", schema.module, " ('", migration.name,
                 "') is not the one that wattle ", applied.program, " applied ('", applied.name,
                 "'): this program and the database are of different lines; use that program, or "
                 "restore a backup")};
}

/// What is known of the past agrees with the program.
Status check_past(const Schema& schema, const History& history, const std::string& program) {
  const auto module = history.find(schema.module);
  if (module == history.end()) {
    return {};
  }
  const auto& [last, applied] = *module->second.rbegin();
  const int known = schema.migrations.empty() ? 0 : schema.migrations.back().number;
  if (last > known) {
    return Error(ErrorCode::kFailedPrecondition,
                 concat("the database has schema ", schema.module, " ", last, " of wattle ",
                        applied.program, ", and this is wattle ", program, " with ", schema.module,
                        " ", known, ": use the newer program, or restore a backup from before"));
  }
  for (const auto& migration : schema.migrations) {
    const auto past = module->second.find(migration.number);
    if (past != module->second.end() && past->second.digest != digest_of(migration)) {
      return changed(schema, migration, past->second);
    }
  }
  return {};
}

bool is_applied(const History& history, const std::string& module, int number) {
  const auto found = history.find(module);
  return found != history.end() && found->second.contains(number);
}

bool is_pending(std::span<const Schema> schemas, const History& history) {
  return std::ranges::any_of(schemas, [&](const Schema& schema) {
    return std::ranges::any_of(schema.migrations, [&](const Migration& migration) {
      return !is_applied(history, schema.module, migration.number);
    });
  });
}

/// Applies one migration, unless another process has meanwhile.
Status apply(Session& session, const Schema& schema, const Migration& migration,
             const SqlValues& row) {
  WATTLE_ASSIGN_OR_RETURN(const History history, read_history(session));
  if (is_applied(history, schema.module, migration.number)) {
    return {};
  }
  for (const auto& statement : migration.statements) {
    WATTLE_RETURN_IF_ERROR(session.execute(statement));
  }
  WATTLE_RETURN_IF_ERROR(session.execute(
      "INSERT INTO schema_migrations (module, number, name, digest, program, applied_at_ns)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      row));
  return {};
}

Status apply_pending(Database& database, const Schema& schema, const Clock& clock,
                     const std::string& program) {
  for (const auto& migration : schema.migrations) {
    const SqlValues row{schema.module,  std::int64_t{migration.number},
                        migration.name, digest_of(migration),
                        program,        clock.utc_now().ns};
    WATTLE_RETURN_IF_ERROR(
        database.write([&](Session& session) { return apply(session, schema, migration, row); })
            .with_context(concat("migration ", migration.number, " of ", schema.module, " ('",
                                 migration.name, "')")));
  }
  return {};
}

std::string version_text(const History& history, std::string_view between,
                         std::string_view separator) {
  std::string text;
  for (const auto& [module, numbers] : history) {
    text += concat(text.empty() ? "" : separator, module, between, numbers.rbegin()->first);
  }
  return text;
}

Status back_up(Database& database, const History& history, UtcTime now, const std::string& folder) {
  RealFileSystem files;
  WATTLE_RETURN_IF_ERROR(files.make_directories(folder));
  std::string instant = to_rfc3339(now);
  std::ranges::replace(instant, ':', '-');  // a name that every file system takes
  const std::string path =
      path_join(folder, concat("wattle-", version_text(history, "", "-"), "-", instant, ".db"));
  auto copied = database.copy_to(path);
  // Another process of this instant has made the same copy.
  const bool there = !copied.ok() && copied.error().code() == ErrorCode::kAlreadyExists;
  return there ? Status() : std::move(copied).with_context("the backup before a migration");
}

void check_numbers(const Schema& schema) {
  int next = 1;
  for (const auto& migration : schema.migrations) {
    WATTLE_CHECK(migration.number == next++,
                 "migrations of " + schema.module + " are not numbered from 1 without gaps");
  }
}

}  // namespace

Status migrate(Database& database, std::span<const Schema> schemas, const Clock& clock,
               const MigrationOptions& options) {
  std::ranges::for_each(schemas, check_numbers);
  WATTLE_ASSIGN_OR_RETURN(const History history, history_or_new_table(database));
  for (const auto& schema : schemas) {
    WATTLE_RETURN_IF_ERROR(check_past(schema, history, options.program));
  }
  if (!is_pending(schemas, history)) {
    return {};
  }
  const bool has_content = !history.empty();
  if (has_content && database.backend() == Backend::kSqlite && !options.backups_folder.empty()) {
    WATTLE_RETURN_IF_ERROR(back_up(database, history, clock.utc_now(), options.backups_folder));
  }
  for (const auto& schema : schemas) {
    WATTLE_RETURN_IF_ERROR(apply_pending(database, schema, clock, options.program));
  }
  return {};
}

Result<std::string> schema_version(Database& database) {
  WATTLE_ASSIGN_OR_RETURN(const History history, history_of(database));
  return version_text(history, " ", ", ");
}

}  // namespace wattle::store
