#include "wattle/store/postgres_connection.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <poll.h>

#include "wattle/base/text.h"
#include "wattle/base/time.h"
#include "wattle/store/dialect.h"
#include "wattle/store/postgres_row.h"

namespace wattle::store {
namespace {

constexpr std::size_t kMostStatements = 256;  // prepared at once on one connection
constexpr std::size_t kShownSqlBytes = 200;
constexpr int kMostRefusals = 3;  // by a server that says that it accepts connections
/// "wattle" in bytes: the lock that makes one writer of all processes.
constexpr std::int64_t kWriterLock = 0x776174746c65;

struct Parameters {
  std::vector<std::string> numbers;  // texts of integers and reals
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

std::string number_text(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*integer);
  }
  std::array<char, 32> text{};
  const auto* real = std::get_if<double>(&value);
  const auto end = std::to_chars(text.data(), text.data() + text.size(), *real).ptr;
  return {text.data(), end};
}

bool is_number(const SqlValue& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

Parameters parameters_of(const SqlValues& values) {
  Parameters parameters;
  parameters.numbers.reserve(values.size());  // their addresses are kept
  for (const auto& value : values) {
    const char* data = nullptr;
    std::size_t length = 0;
    if (is_number(value)) {
      data = parameters.numbers.emplace_back(number_text(value)).c_str();
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      data = text->c_str();
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      data = blob->bytes.data();
      length = blob->bytes.size();
    }
    parameters.values.push_back(data);
    parameters.lengths.push_back(static_cast<int>(length));
    parameters.formats.push_back(std::holds_alternative<Blob>(value) ? 1 : 0);
  }
  return parameters;
}

/// The type that a parameter is declared with; that of NULL follows from where it stands.
unsigned type_of(const SqlValue& value) {
  constexpr std::array kTypes{0U, postgres::kInt8, postgres::kFloat8, postgres::kText,
                              postgres::kBytea};
  return kTypes[value.index()];
}

ErrorCode code_of(std::string_view state) {
  struct Row {
    std::string_view prefix;
    ErrorCode code;
  };
  constexpr std::array kRows{
      Row{"23505", ErrorCode::kAlreadyExists},
      Row{"23503", ErrorCode::kFailedPrecondition},
      Row{"53100", ErrorCode::kIo},  // disk full
      Row{"58", ErrorCode::kIo},     // system errors
      Row{"XX", ErrorCode::kIo},     // damaged data
      Row{"28", ErrorCode::kPermissionDenied},
      Row{"42501", ErrorCode::kPermissionDenied},
      Row{"25006", ErrorCode::kInvalidArgument},  // a write within a read
      Row{"08", ErrorCode::kUnavailable},
      Row{"40", ErrorCode::kUnavailable},
      Row{"53", ErrorCode::kUnavailable},
      Row{"55P03", ErrorCode::kUnavailable},  // the lock was not released in time
      Row{"57", ErrorCode::kUnavailable},
      Row{"", ErrorCode::kInvalidArgument},
  };
  return std::ranges::find_if(kRows, [&](const Row& row) { return state.starts_with(row.prefix); })
      ->code;
}

std::string_view advice_for(std::string_view state) {
  if (state == "55P03") {
    return "; another process holds the database: try again, or end that process";
  }
  return state == "53100" ? "; free some space on the server and try again" : "";
}

std::string one_line(std::string_view message) {
  std::string line(trim(message));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

void ignore_notice(void* /*context*/, const char* /*message*/) {}

/// Names and values for the library. What stands before "dbname" the URL may override.
struct ConnectionWords {
  explicit ConnectionWords(const DatabaseUrl& url)
      : values{"wattle", "10", "1", "30", "30000", url.text.c_str(), "UTF8", nullptr} {}
  std::array<const char*, 8> keys{
      "fallback_application_name", "connect_timeout", "keepalives",      "keepalives_idle",
      "tcp_user_timeout",          "dbname",          "client_encoding", nullptr};
  std::array<const char*, 8> values;
};

}  // namespace

PostgresConnection::PostgresConnection(const Options& options, Handle handle)
    : options_(options), functions_(options.library->functions()), handle_(std::move(handle)) {}

PostgresConnection::Handle PostgresConnection::connect(const Options& options) {
  const ConnectionWords words(*options.url);
  const auto& functions = options.library->functions();
  return {functions.connectdbParams(words.keys.data(), words.values.data(), 1), Finish{&functions}};
}

/// After a failed attempt: whether the server may be there soon.
bool PostgresConnection::is_worth_waiting(const Options& options, int& refusals) {
  const ConnectionWords words(*options.url);
  const int answer =
      options.library->functions().pingParams(words.keys.data(), words.values.data(), 1);
  // One that accepts connections has refused this one, unless it began to between the two. One that
  // rejects them is about to start.
  if (answer == postgres::kPingOk) {
    return ++refusals < kMostRefusals;
  }
  return answer == postgres::kPingReject || options.when_away == WhenAway::kWait;
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const Options& options) {
  const SystemClock clock;
  const BootTime deadline = clock.boot_now() + options.timeout;
  const auto& functions = options.library->functions();
  Handle handle = connect(options);
  int refusals = 0;
  // A server that was killed gives no sign when it is back: asking now and then is all there is.
  for (int wait_milliseconds = 10;
       functions.status(handle.get()) != postgres::kConnectionOk &&
       is_worth_waiting(options, refusals) && clock.boot_now() < deadline;
       wait_milliseconds = std::min(2 * wait_milliseconds, 500)) {
    ::poll(nullptr, 0, wait_milliseconds);
    handle = connect(options);
  }
  if (functions.status(handle.get()) != postgres::kConnectionOk) {
    const std::string why = options.url->redact(functions.errorMessage(handle.get()));
    return Error(ErrorCode::kUnavailable,
                 concat("PostgreSQL at ", options.url->shown, " is not reached: ", one_line(why)));
  }
  std::unique_ptr<PostgresConnection> connection(  // NOLINT: the constructor is private
      new PostgresConnection(options, std::move(handle)));
  WATTLE_RETURN_IF_ERROR(connection->set_up());
  return connection;
}

Status PostgresConnection::set_up() {
  functions_.setNoticeProcessor(handle_.get(), ignore_notice, nullptr);
  const auto milliseconds = static_cast<std::int64_t>(options_.timeout.value() * 1e3);
  return control(
      concat("SET synchronous_commit = on; SET standard_conforming_strings = on; "
             "SET bytea_output = 'hex'; SET TIME ZONE 'UTC'; "
             "SET client_min_messages = warning; SET extra_float_digits = 1; "
             "SET lock_timeout = ",
             std::max<std::int64_t>(milliseconds, 1)));
}

bool PostgresConnection::in_transaction() const {
  const int status = functions_.transactionStatus(handle_.get());
  return status != postgres::kTransactionIdle && status != postgres::kTransactionUnknown;
}

bool PostgresConnection::usable() const {
  return functions_.status(handle_.get()) == postgres::kConnectionOk;
}

Error PostgresConnection::error(const Answer& answer, std::string_view sql) const {
  const char* state =
      answer ? functions_.resultErrorField(answer.get(), postgres::kFieldSqlState) : nullptr;
  const char* message =
      answer ? functions_.resultErrorField(answer.get(), postgres::kFieldMessage) : nullptr;
  const std::string why =
      options_.url->redact(message != nullptr ? message : functions_.errorMessage(handle_.get()));
  const ErrorCode code = !usable() || state == nullptr ? ErrorCode::kUnavailable : code_of(state);
  const bool shows_sql = code == ErrorCode::kInvalidArgument;
  return {code, concat("PostgreSQL at ", options_.url->shown, ": ", one_line(why),
                       advice_for(state == nullptr ? "" : state), shows_sql ? ": " : "",
                       shows_sql ? sql.substr(0, kShownSqlBytes) : "")};
}

Status PostgresConnection::check(const Answer& answer, std::string_view sql) const {
  const int status = answer ? functions_.resultStatus(answer.get()) : -1;
  const bool good = status == postgres::kCommandOk || status == postgres::kTuplesOk;
  return good ? Status() : Status(error(answer, sql));
}

Status PostgresConnection::control(std::string_view sql) {
  const std::string terminated(sql);
  return check(hold(functions_.exec(handle_.get(), terminated.c_str())), sql);
}

Result<std::string> PostgresConnection::prepare(std::string_view sql, const SqlValues& parameters) {
  std::vector<unsigned> types;
  std::string key;  // the same SQL with NULL for a number is another statement
  for (const auto& value : parameters) {
    types.push_back(type_of(value));
    key += static_cast<char>('0' + value.index());
  }
  key.append(" ").append(sql);
  if (const auto known = prepared_.find(key); known != prepared_.end()) {
    return known->second;
  }
  WATTLE_ASSIGN_OR_RETURN(const PostgresStatement translated, to_postgres(sql));
  // PostgreSQL would take a parameter too many.
  if (translated.parameters != parameters.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("the statement takes ", translated.parameters, " parameters and was given ",
                        parameters.size(), ": ", sql.substr(0, kShownSqlBytes)));
  }
  if (prepared_.size() >= kMostStatements) {
    WATTLE_RETURN_IF_ERROR(control("DEALLOCATE ALL"));
    prepared_.clear();
  }
  const std::string name = concat("s", prepared_.size());
  WATTLE_RETURN_IF_ERROR(
      check(hold(functions_.prepare(handle_.get(), name.c_str(), translated.sql.c_str(),
                                    static_cast<int>(types.size()), types.data())),
            sql));
  prepared_.emplace(std::move(key), name);
  return name;
}

Result<std::int64_t> PostgresConnection::run(std::string_view sql, const SqlValues& parameters,
                                             const OnRow* on_row) {
  WATTLE_ASSIGN_OR_RETURN(const std::string name, prepare(sql, parameters));
  const Parameters given = parameters_of(parameters);
  return finish(hold(functions_.execPrepared(
                    handle_.get(), name.c_str(), static_cast<int>(given.values.size()),
                    given.values.data(), given.lengths.data(), given.formats.data(), 0)),
                sql, on_row);
}

Result<std::int64_t> PostgresConnection::finish(const Answer& answer, std::string_view sql,
                                                const OnRow* on_row) {
  WATTLE_RETURN_IF_ERROR(check(answer, sql));
  const int rows = on_row == nullptr ? 0 : functions_.ntuples(answer.get());
  PostgresRow row(functions_, answer.get());
  for (int i = 0; i < rows; ++i) {
    row.move_to(i);
    WATTLE_RETURN_IF_ERROR((*on_row)(row));
  }
  const bool reads = std::string_view(functions_.cmdStatus(answer.get())).starts_with("SELECT");
  const auto changed = parse_integer(functions_.cmdTuples(answer.get()));
  return reads || !changed.ok() ? std::int64_t{0} : *changed;
}

Status PostgresConnection::do_begin() {
  if (options_.mark == nullptr) {
    return control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  // READ COMMITTED, since the snapshot must be younger than the lock: with it nobody else writes.
  auto status =
      control(concat("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
                     "SELECT pg_advisory_xact_lock(",
                     kWriterLock, ")"));
  if (!status.ok()) {
    rollback();
  }
  return status;
}

CommitEnd PostgresConnection::do_commit() {
  CommitMark& mark = *options_.mark;
  ++mark.sequence;
  // Sent together, so that the mark costs no journey of its own.
  const std::string clean =
      mark.sequence == 1 ? "DELETE FROM wattle_writers WHERE marked < now() - interval '7 days'; "
                         : "";
  const std::string sql = concat(
      clean, "INSERT INTO wattle_writers (writer, sequence) VALUES ('", mark.writer, "', ",
      mark.sequence,
      ") ON CONFLICT (writer) DO UPDATE SET sequence = excluded.sequence, marked = now(); COMMIT");
  const Answer answer = hold(functions_.exec(handle_.get(), sql.c_str()));
  if (!usable()) {
    return {CommitOutcome::kUnknown, error(answer, "COMMIT")};
  }
  const auto status = check(answer, "COMMIT");
  if (!status.ok()) {
    rollback();
    return {CommitOutcome::kRolledBack, status.error()};
  }
  // A transaction that had failed already is rolled back by COMMIT, without an error.
  if (std::string_view(functions_.cmdStatus(answer.get())) != "COMMIT") {
    return {CommitOutcome::kRolledBack,
            Error(ErrorCode::kUnavailable, "PostgreSQL rolled the transaction back")};
  }
  return {};
}

Status PostgresConnection::prepare_marks() {
  const Answer there =
      hold(functions_.exec(handle_.get(), "SELECT to_regclass('wattle_writers') IS NOT NULL"));
  WATTLE_RETURN_IF_ERROR(check(there, "SELECT to_regclass"));
  if (std::string_view(functions_.getvalue(there.get(), 0, 0)) == "t") {
    return {};
  }
  WATTLE_RETURN_IF_ERROR(begin());  // with the lock: two that make a table at once would collide
  auto status = control(
      "CREATE TABLE IF NOT EXISTS wattle_writers (writer TEXT PRIMARY KEY, sequence BIGINT NOT "
      "NULL, marked TIMESTAMPTZ NOT NULL DEFAULT now()); COMMIT");
  if (!status.ok()) {
    rollback();
  }
  return status;
}

Result<bool> PostgresConnection::last_commit_is_there() {
  const CommitMark& mark = *options_.mark;
  const std::string sql = concat("SELECT sequence FROM wattle_writers WHERE writer = '",
                                 mark.writer, "' AND sequence = ", mark.sequence);
  const Answer answer = hold(functions_.exec(handle_.get(), sql.c_str()));
  WATTLE_RETURN_IF_ERROR(check(answer, sql));
  return functions_.ntuples(answer.get()) == 1;
}

}  // namespace wattle::store
