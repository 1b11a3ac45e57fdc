// The one dialect of SQL, and what PostgreSQL reads instead of it.
//
// SQLite takes the dialect as it is, but takes much else too; so both databases refuse what is not
// of it, and a statement that works on SQLite is not wrong on PostgreSQL by surprise.
//
// Units:    none.
// Errors:   kInvalidArgument names what is not of the dialect and what to write instead. The
//           grammar as such is left to the database.
// Threads:  pure functions. Lifetime: values.
// See:      docs/reference/database.md
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wattle/base/result.h"

namespace wattle::store {

/// A statement as PostgreSQL reads it.
struct PostgresStatement {
  std::string sql;
  std::size_t parameters = 0;
};

/// One statement for PostgreSQL: parameters numbered ($1, $2), types translated (INTEGER to BIGINT,
/// REAL to DOUBLE PRECISION, BLOB to BYTEA, columns of TEXT compared by bytes), STRICT and comments
/// dropped. Text in quotes stays as it is.
Result<PostgresStatement> to_postgres(std::string_view sql);

/// The errors of to_postgres.
Status check_dialect(std::string_view sql);

}  // namespace wattle::store
