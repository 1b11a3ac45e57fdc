#include "wattle/store/sqlite_connection.h"

#include <cerrno>
#include <system_error>

#include <sqlite3.h>
#include <unistd.h>

#include "wattle/base/standard_streams.h"
#include "wattle/base/text.h"
#include "wattle/store/dialect.h"

namespace wattle::store {
namespace {

constexpr std::size_t kMostStatements = 256;  // prepared at once on one connection
constexpr std::size_t kShownSqlBytes = 200;

class SqliteRow final : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  bool is_null(int column) const override { return type(column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override {
    expect(column, type(column) == SQLITE_INTEGER, "an integer");
    return sqlite3_column_int64(statement_, column);
  }
  double real(int column) const override {
    expect(column, type(column) == SQLITE_FLOAT || type(column) == SQLITE_INTEGER, "a real number");
    return sqlite3_column_double(statement_, column);
  }
  std::string text(int column) const override {
    expect(column, type(column) == SQLITE_TEXT, "text");
    return bytes(column, sqlite3_column_text(statement_, column));
  }
  std::string blob(int column) const override {
    expect(column, type(column) == SQLITE_BLOB, "a blob");
    return bytes(column, sqlite3_column_blob(statement_, column));
  }

 private:
  int type(int column) const {
    WATTLE_CHECK(column >= 0 && column < sqlite3_column_count(statement_),
                 concat("no column ", column, ": ", sqlite3_sql(statement_)));
    return sqlite3_column_type(statement_, column);
  }
  void expect(int column, bool fits, std::string_view what) const {
    WATTLE_CHECK(fits || is_null(column),
                 concat("column ", column, " is not ", what, ": ", sqlite3_sql(statement_)));
  }
  std::string bytes(int column, const void* data) const {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
  }

  sqlite3_stmt* statement_;
};

int bind_one(sqlite3_stmt* statement, int index, const SqlValue& value) {
  // Parameters outlive the statement's run, so nothing is copied.
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *integer);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(),
                               SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

/// Our code for a result code of SQLite, and what to do about it.
struct Meaning {
  ErrorCode code;
  std::string_view advice;
};

Meaning meaning_of(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {ErrorCode::kAlreadyExists, ""};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {ErrorCode::kFailedPrecondition, ""};
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable,
              "; another process holds the database: try again, or end that process"};
    case SQLITE_FULL:
      return {ErrorCode::kIo, "; free some space and try again"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kIo, "; the file and its folder must be writable"};
    case SQLITE_IOERR:
      return {ErrorCode::kIo, "; look after the disk and try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kIo, "; the file is damaged or no database: restore a backup"};
    case SQLITE_NOMEM:
      return {ErrorCode::kUnavailable, ""};
    default:
      return {ErrorCode::kInvalidArgument, ""};
  }
}

/// Why the system refused. Of a file that cannot be opened SQLite tells how its last attempt ended,
/// which is to read it without a journal; that it cannot be written is why it came to that.
int system_reason(int code, int system_error, const std::string& path) {
  const int kind = code & 0xff;
  const bool is_about_writing = kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY;
  return is_about_writing && ::access(path.c_str(), W_OK) != 0 ? errno : system_error;
}

bool is_blank(const char* text) {
  return trim(text).empty() || trim(text) == ";";
}

}  // namespace

void SqliteConnection::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void SqliteConnection::EndStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 SqliteAccess access,
                                                                 Seconds busy_timeout) {
  open_missing_streams();  // SQLite drops its locks for a file that would be one of them
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteConnection> connection(  // NOLINT: the constructor is private
      new SqliteConnection(path, access, Handle(raw)));
  if (code != SQLITE_OK) {
    return connection->error(code, "opening it");
  }
  WATTLE_RETURN_IF_ERROR(connection->set_up(busy_timeout));
  return connection;
}

Status SqliteConnection::set_up(Seconds busy_timeout) {
  sqlite3_busy_timeout(handle_.get(), static_cast<int>(busy_timeout.value() * 1e3));
  // Text in double quotes is a name and never a string, as in PostgreSQL.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  for (const char* sql :
       {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF",
        "PRAGMA case_sensitive_like = ON", "PRAGMA temp_store = MEMORY",
        "PRAGMA cache_size = -8192", "PRAGMA journal_size_limit = 67108864"}) {
    WATTLE_RETURN_IF_ERROR(control(sql));
  }
  return access_ == SqliteAccess::kReader ? control("PRAGMA query_only = ON") : Status();
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

Error SqliteConnection::error(int code, std::string_view sql) const {
  const Meaning meaning = meaning_of(code);
  std::string message = concat(path_, ": ", handle_ ? sqlite3_errmsg(handle_.get()) : "no memory");
  const int system_error =
      system_reason(code, handle_ ? sqlite3_system_errno(handle_.get()) : 0, path_);
  const bool of_system = meaning.code == ErrorCode::kIo && system_error != 0;
  if (of_system) {
    message += concat(" (", std::generic_category().message(system_error), ")");
  }
  message += meaning.advice;
  const bool shows_sql = meaning.code == ErrorCode::kInvalidArgument;
  return {meaning.code, shows_sql ? concat(message, ": ", sql.substr(0, kShownSqlBytes)) : message};
}

Result<SqliteConnection::Statement> SqliteConnection::compile(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const std::string terminated(sql);  // SQLite reads such text without copying it
  const int code =
      sqlite3_prepare_v3(handle_.get(), terminated.c_str(), static_cast<int>(terminated.size() + 1),
                         SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) {
    return error(code, sql);
  }
  if (raw == nullptr || !is_blank(rest)) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("one statement at a time: ", sql.substr(0, kShownSqlBytes)));
  }
  return statement;
}

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    return known->second.get();
  }
  WATTLE_RETURN_IF_ERROR(check_dialect(sql));
  WATTLE_ASSIGN_OR_RETURN(auto statement, compile(sql));
  if (statements_.size() >= kMostStatements) {
    statements_.clear();
  }
  return statements_.emplace(sql, std::move(statement)).first->second.get();
}

Result<sqlite3_stmt*> SqliteConnection::prepare_control(std::string_view sql) {
  if (const auto known = controls_.find(sql); known != controls_.end()) {
    return known->second.get();
  }
  WATTLE_ASSIGN_OR_RETURN(auto statement, compile(sql));
  return controls_.emplace(sql, std::move(statement)).first->second.get();
}

Status SqliteConnection::bind(sqlite3_stmt* statement, const SqlValues& parameters) {
  const std::string_view sql = sqlite3_sql(statement);
  const int wanted = sqlite3_bind_parameter_count(statement);
  if (static_cast<std::size_t>(wanted) != parameters.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("the statement takes ", wanted, " parameters and was given ",
                        parameters.size(), ": ", sql.substr(0, kShownSqlBytes)));
  }
  for (int index = 1; index <= wanted; ++index) {
    if (sqlite3_bind_parameter_name(statement, index) != nullptr) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("a parameter is a plain '?': ", sql.substr(0, kShownSqlBytes)));
    }
    const auto& value = parameters[static_cast<std::size_t>(index - 1)];
    if (const int code = bind_one(statement, index, value); code != SQLITE_OK) {
      return error(code, sql);
    }
  }
  return {};
}

Result<std::int64_t> SqliteConnection::step(sqlite3_stmt* statement, const OnRow* on_row) {
  const SqliteRow row(statement);
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
      return std::int64_t{0};
    }
    if (code != SQLITE_ROW) {
      return error(code, sqlite3_sql(statement));
    }
    if (on_row != nullptr) {
      WATTLE_RETURN_IF_ERROR((*on_row)(row));
    }
  }
}

Result<std::int64_t> SqliteConnection::run(std::string_view sql, const SqlValues& parameters,
                                           const OnRow* on_row) {
  WATTLE_ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql));
  if (access_ == SqliteAccess::kReader && sqlite3_stmt_readonly(statement) == 0) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a read may not write: ", sql.substr(0, kShownSqlBytes)));
  }
  const auto before = sqlite3_total_changes64(handle_.get());
  auto status = bind(statement, parameters);
  if (status.ok()) {
    const auto stepped = step(statement, on_row);
    status = stepped.ok() ? Status() : Status(stepped.error());
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (!status.ok()) {
    return status.error();
  }
  // A statement that changes no row leaves the last count as it was.
  const bool changed = sqlite3_total_changes64(handle_.get()) != before;
  return changed ? sqlite3_changes64(handle_.get()) : std::int64_t{0};
}

Status SqliteConnection::do_begin() {
  return control(access_ == SqliteAccess::kWriter ? "BEGIN IMMEDIATE" : "BEGIN");
}

CommitEnd SqliteConnection::do_commit() {
  const auto status = control("COMMIT");
  if (status.ok()) {
    return {};
  }
  if (in_transaction()) {
    (void)control("ROLLBACK").ok();  // a commit that failed leaves the transaction open
  }
  return {CommitOutcome::kRolledBack, status.error()};
}

Status SqliteConnection::control(std::string_view sql) {
  WATTLE_ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare_control(sql));
  const auto stepped = step(statement, nullptr);
  sqlite3_reset(statement);
  return stepped.ok() ? Status() : Status(stepped.error());
}

Result<std::string> SqliteConnection::pragma(const std::string& sql) {
  WATTLE_ASSIGN_OR_RETURN(const auto statement, compile(sql));
  std::string answer;
  const OnRow append = [&](const SqlRow& row) {
    answer += (answer.empty() ? "" : "; ") + row.text(0);
    return Status();
  };
  WATTLE_RETURN_IF_ERROR([&] {
    const auto stepped = step(statement.get(), &append);
    return stepped.ok() ? Status() : Status(stepped.error());
  }());
  return answer;
}

Result<bool> SqliteConnection::has_write_ahead_log() {
  WATTLE_ASSIGN_OR_RETURN(const std::string mode, pragma("PRAGMA journal_mode"));
  return mode == "wal";
}

Status SqliteConnection::turn_to_write_ahead_log() {
  WATTLE_ASSIGN_OR_RETURN(const std::string mode, pragma("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return Error(ErrorCode::kUnsupported,
                 concat(path_,
                        ": this file system cannot share memory between processes (journal "
                        "mode stays ",
                        mode, "): put WATTLE_HOME on a local disk"));
  }
  return {};
}

Status SqliteConnection::turn_to_one_file() {
  WATTLE_ASSIGN_OR_RETURN(const std::string mode, pragma("PRAGMA journal_mode = DELETE"));
  return mode == "delete"
             ? Status()
             : Status(Error(ErrorCode::kIo, path_ + ": the journal cannot be removed"));
}

Status SqliteConnection::copy_to(const std::string& path) {
  WATTLE_ASSIGN_OR_RETURN(const auto copy, open(path, SqliteAccess::kWriter, Seconds(0)));
  sqlite3_backup* backup = sqlite3_backup_init(copy->handle_.get(), "main", handle_.get(), "main");
  if (backup == nullptr) {
    return copy->error(sqlite3_extended_errcode(copy->handle_.get()), "copying it");
  }
  // One step holds one snapshot from the first to the last page, and in write-ahead mode no writer
  // waits for it. With several steps each commit between them would start the copy again.
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) {
    return copy->error(code, "copying to it");
  }
  return copy->turn_to_one_file();
}

Status SqliteConnection::check_integrity() {
  WATTLE_ASSIGN_OR_RETURN(const std::string found, pragma("PRAGMA integrity_check"));
  return found == "ok" ? Status()
                       : Status(Error(ErrorCode::kIo, concat(path_, " is damaged: ", found)));
}

}  // namespace wattle::store
