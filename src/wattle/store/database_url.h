// The URL of a PostgreSQL database, and the same without its secrets.
//
// Units:    none.
// Errors:   kInvalidArgument: not a URL of PostgreSQL, or one that the client library would read
//           differently from what was meant ('@' or '/' within a password). Messages hold no part
//           of the URL.
// Threads:  pure functions. Lifetime: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::store {

struct DatabaseUrl {
  std::string text;                  // as given, for the client library
  std::string shown;                 // for people: passwords are "***"
  std::string without_password;      // for arguments of programs, which everybody can see
  std::string password;              // decoded; "" when there is none in the URL
  std::vector<std::string> secrets;  // as written and decoded

  /// The text with every secret replaced by "***".
  std::string redact(std::string text_of_others) const;
};

bool is_postgres_url(std::string_view text);
Result<DatabaseUrl> parse_database_url(std::string_view text);

}  // namespace wattle::store
