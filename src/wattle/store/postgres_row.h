// A row of an answer of PostgreSQL as an SqlRow.
//
// Units:    none. Errors: a column of another type is WATTLE_CHECK, as SqlRow has it.
// Threads:  one thread. Lifetime: borrows the answer.
#pragma once

#include <string>
#include <string_view>

#include "wattle/store/database.h"
#include "wattle/store/postgres_library.h"

namespace wattle::store {

/// Types that PostgreSQL answers in, by their numbers in pg_type.
namespace postgres {
inline constexpr unsigned kBool = 16;
inline constexpr unsigned kBytea = 17;
inline constexpr unsigned kName = 19;
inline constexpr unsigned kInt8 = 20;
inline constexpr unsigned kInt2 = 21;
inline constexpr unsigned kInt4 = 23;
inline constexpr unsigned kText = 25;
inline constexpr unsigned kFloat4 = 700;
inline constexpr unsigned kFloat8 = 701;
inline constexpr unsigned kUnknown = 705;
inline constexpr unsigned kVarchar = 1043;
inline constexpr unsigned kNumeric = 1700;  // SUM of integers
}  // namespace postgres

class PostgresRow final : public SqlRow {
 public:
  PostgresRow(const PostgresFunctions& functions, const pg_result* result)
      : functions_(functions), result_(result) {}

  void move_to(int row) { row_ = row; }

  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string text(int column) const override;
  std::string blob(int column) const override;

 private:
  unsigned type(int column) const;
  std::string_view value(int column) const;
  void expect(int column, bool fits, std::string_view what) const;

  const PostgresFunctions& functions_;
  const pg_result* result_;
  int row_ = 0;
};

}  // namespace wattle::store
