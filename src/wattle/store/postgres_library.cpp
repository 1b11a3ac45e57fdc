#include "wattle/store/postgres_library.h"

#include <type_traits>

#include <dlfcn.h>
#include <libpq-fe.h>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

template <typename T>
using IntForEnum = std::conditional_t<std::is_enum_v<T>, int, T>;

/// The type of a function with ints where it has enumerations.
template <typename Function>
struct Plain;
template <typename Answer, typename... Parameters>
struct Plain<Answer (*)(Parameters...)> {
  using Type = IntForEnum<Answer> (*)(IntForEnum<Parameters>...);
};

static_assert(postgres::kConnectionOk == CONNECTION_OK);
static_assert(postgres::kPingOk == PQPING_OK && postgres::kPingReject == PQPING_REJECT);
static_assert(postgres::kTransactionIdle == PQTRANS_IDLE);
static_assert(postgres::kTransactionUnknown == PQTRANS_UNKNOWN);
static_assert(postgres::kCommandOk == PGRES_COMMAND_OK && postgres::kTuplesOk == PGRES_TUPLES_OK);
static_assert(postgres::kFieldSqlState == PG_DIAG_SQLSTATE);
static_assert(postgres::kFieldMessage == PG_DIAG_MESSAGE_PRIMARY);

template <typename Real, typename Ours>
bool load(void* handle, const char* name, Ours& function) {
  static_assert(std::is_same_v<typename Plain<Real>::Type, Ours>);
  function = reinterpret_cast<Ours>(::dlsym(handle, name));  // NOLINT: dlsym knows no types
  return function != nullptr;
}

// Each function is loaded under its name, and compared with its declaration.
#define WATTLE_LOAD(name) load<decltype(&PQ##name)>(handle, "PQ" #name, f.name)

bool load_all(void* handle, PostgresFunctions& f) {
  return WATTLE_LOAD(connectdbParams) && WATTLE_LOAD(pingParams) && WATTLE_LOAD(finish) &&
         WATTLE_LOAD(status) && WATTLE_LOAD(transactionStatus) && WATTLE_LOAD(errorMessage) &&
         WATTLE_LOAD(exec) && WATTLE_LOAD(prepare) && WATTLE_LOAD(execPrepared) &&
         WATTLE_LOAD(resultStatus) && WATTLE_LOAD(resultErrorField) && WATTLE_LOAD(cmdStatus) &&
         WATTLE_LOAD(cmdTuples) && WATTLE_LOAD(ntuples) && WATTLE_LOAD(nfields) &&
         WATTLE_LOAD(ftype) && WATTLE_LOAD(getisnull) && WATTLE_LOAD(getvalue) &&
         WATTLE_LOAD(getlength) && WATTLE_LOAD(clear) && WATTLE_LOAD(setNoticeProcessor);
}

#undef WATTLE_LOAD

}  // namespace

Result<std::unique_ptr<PostgresLibrary>> PostgresLibrary::open(const std::string& name) {
  // Never unloaded: the libraries that it brings along (OpenSSL, Kerberos) do not like to be.
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    return Error(ErrorCode::kUnavailable, concat("PostgreSQL's client library (", name,
                                                 ") is not installed: install the package libpq5"));
  }
  PostgresFunctions functions;
  const bool complete = load_all(handle, functions);
  ::dlclose(handle);  // it stays, as said above
  if (!complete) {
    return Error(ErrorCode::kUnavailable,
                 concat(name,
                        " is no client library of PostgreSQL 12 or newer: install the package "
                        "libpq5"));
  }
  return std::unique_ptr<PostgresLibrary>(  // NOLINT: the constructor is private
      new PostgresLibrary(functions));
}

}  // namespace wattle::store
