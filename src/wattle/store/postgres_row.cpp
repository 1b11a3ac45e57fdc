#include "wattle/store/postgres_row.h"

#include <charconv>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

bool is_integer(unsigned type) {
  return type == postgres::kInt8 || type == postgres::kInt4 || type == postgres::kInt2 ||
         type == postgres::kBool || type == postgres::kNumeric;
}
bool is_real(unsigned type) {
  return type == postgres::kFloat8 || type == postgres::kFloat4 || is_integer(type);
}
bool is_text(unsigned type) {
  return type == postgres::kText || type == postgres::kVarchar || type == postgres::kName ||
         type == postgres::kUnknown;
}

int digit(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

/// "\x00ff": PostgreSQL's text form of bytes, in lower case.
std::string bytes_of(std::string_view hexadecimal) {
  std::string bytes;
  bytes.reserve(hexadecimal.size() / 2);
  for (std::size_t i = 2; i + 1 < hexadecimal.size(); i += 2) {
    bytes += static_cast<char>(digit(hexadecimal[i]) * 16 + digit(hexadecimal[i + 1]));
  }
  return bytes;
}

}  // namespace

unsigned PostgresRow::type(int column) const {
  WATTLE_CHECK(column >= 0 && column < functions_.nfields(result_), concat("no column ", column));
  return functions_.ftype(result_, column);
}

bool PostgresRow::is_null(int column) const {
  (void)type(column);
  return functions_.getisnull(result_, row_, column) != 0;
}

std::string_view PostgresRow::value(int column) const {
  return {functions_.getvalue(result_, row_, column),
          static_cast<std::size_t>(functions_.getlength(result_, row_, column))};
}

void PostgresRow::expect(int column, bool fits, std::string_view what) const {
  WATTLE_CHECK(fits || is_null(column),
               concat("column ", column, " is not ", what, " but of type ", type(column)));
}

std::int64_t PostgresRow::integer(int column) const {
  expect(column, is_integer(type(column)), "an integer");
  const std::string_view text = value(column);
  if (type(column) == postgres::kBool) {
    return text == "t" ? 1 : 0;
  }
  if (is_null(column)) {
    return 0;
  }
  const auto number = parse_integer(text);
  WATTLE_CHECK(number.ok(), concat("column ", column, " is no integer of 64 bits: ", text));
  return *number;
}

double PostgresRow::real(int column) const {
  expect(column, is_real(type(column)), "a real number");
  if (type(column) == postgres::kBool) {
    return static_cast<double>(integer(column));
  }
  const std::string_view text = value(column);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string PostgresRow::text(int column) const {
  expect(column, is_text(type(column)), "text");
  return std::string(value(column));
}

std::string PostgresRow::blob(int column) const {
  expect(column, type(column) == postgres::kBytea, "a blob");
  return bytes_of(value(column));
}

}  // namespace wattle::store
