// libpq, PostgreSQL's client library, opened on demand: Wattle starts and runs without it.
//
// The functions that are used, by their names without "PQ". The header of the library is known to
// the source alone, which proves at compile time that these are its functions; enumerations are
// ints.
//
// Units:    none.
// Errors:   kUnavailable names the package to install.
// Threads:  any, for different connections. Lifetime: a PostgresLibrary outlives its connections.
#pragma once

#include <memory>
#include <string>

#include "wattle/base/result.h"

struct pg_conn;
struct pg_result;

namespace wattle::store {

struct PostgresFunctions {
  pg_conn* (*connectdbParams)(const char* const*, const char* const*, int) = nullptr;
  int (*pingParams)(const char* const*, const char* const*, int) = nullptr;
  void (*finish)(pg_conn*) = nullptr;
  int (*status)(const pg_conn*) = nullptr;
  int (*transactionStatus)(const pg_conn*) = nullptr;
  char* (*errorMessage)(const pg_conn*) = nullptr;
  pg_result* (*exec)(pg_conn*, const char*) = nullptr;
  pg_result* (*prepare)(pg_conn*, const char*, const char*, int, const unsigned*) = nullptr;
  pg_result* (*execPrepared)(pg_conn*, const char*, int, const char* const*, const int*, const int*,
                             int) = nullptr;
  int (*resultStatus)(const pg_result*) = nullptr;
  char* (*resultErrorField)(const pg_result*, int) = nullptr;
  char* (*cmdStatus)(pg_result*) = nullptr;
  char* (*cmdTuples)(pg_result*) = nullptr;
  int (*ntuples)(const pg_result*) = nullptr;
  int (*nfields)(const pg_result*) = nullptr;
  unsigned (*ftype)(const pg_result*, int) = nullptr;
  int (*getisnull)(const pg_result*, int, int) = nullptr;
  char* (*getvalue)(const pg_result*, int, int) = nullptr;
  int (*getlength)(const pg_result*, int, int) = nullptr;
  void (*clear)(pg_result*) = nullptr;
  void (*(*setNoticeProcessor)(pg_conn*, void (*)(void*, const char*),
                               void*))(void*, const char*) = nullptr;
};

/// Values of the library's enumerations.
namespace postgres {
inline constexpr int kConnectionOk = 0;
inline constexpr int kPingOk = 0;
inline constexpr int kPingReject = 1;
inline constexpr int kTransactionIdle = 0;
inline constexpr int kTransactionUnknown = 4;
inline constexpr int kCommandOk = 1;
inline constexpr int kTuplesOk = 2;
inline constexpr int kFieldSqlState = 'C';
inline constexpr int kFieldMessage = 'M';
}  // namespace postgres

class PostgresLibrary {
 public:
  static constexpr const char* kName = "libpq.so.5";

  static Result<std::unique_ptr<PostgresLibrary>> open(const std::string& name = kName);

  const PostgresFunctions& functions() const { return functions_; }

 private:
  explicit PostgresLibrary(PostgresFunctions functions) : functions_(functions) {}

  PostgresFunctions functions_;
};

}  // namespace wattle::store
