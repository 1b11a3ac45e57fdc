// Any text as a statement: refused with one line, or translated so that text in quotes stays as it
// is and every parameter has its number.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wattle/base/check.h"
#include "wattle/store/dialect.h"
#include "wattle/store/sql_scanner.h"

namespace {

using Kind = wattle::store::SqlToken::Kind;

/// Texts and names in quotes, one after the other.
std::string quoted_in(std::string_view sql) {
  std::string all;
  const auto tokens = wattle::store::scan_sql(sql);
  WATTLE_CHECK(tokens.ok(), "what was taken is scanned");
  for (const auto& token : *tokens) {
    if (token.kind == Kind::kText || token.kind == Kind::kName) {
      all += token.text;
    }
  }
  return all;
}

std::size_t count_parameters(std::string_view sql) {
  const auto tokens = wattle::store::scan_sql(sql);
  std::size_t count = 0;
  for (const auto& token : *tokens) {
    count += token.kind == Kind::kParameter ? 1 : 0;
  }
  return count;
}

/// The translation with a word for each parameter, which the scanner knows; their numbers rise from
/// 1.
std::string without_numbers(std::string_view sql, std::size_t parameters) {
  std::string plain;
  char quote = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote == 0 && c == '$') {
      const std::string number = std::to_string(++found);
      WATTLE_CHECK(sql.substr(i + 1).starts_with(number), "the numbers rise from 1");
      plain += " v ";
      i += number.size();
      continue;
    }
    if (c == '\'' || c == '"') {
      quote = quote == 0 ? c : (quote == c ? '\0' : quote);
    }
    plain += c;
  }
  WATTLE_CHECK(found == parameters, "each parameter has a number");
  return plain;
}

void remove_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) {
    text.erase(at, what.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const auto translated = wattle::store::to_postgres(sql);
  if (!translated.ok()) {
    WATTLE_CHECK(!translated.error().message().empty(), "a refusal says why");
    return 0;
  }
  WATTLE_CHECK(translated->parameters == count_parameters(sql), "each parameter has a number");
  const std::string plain = without_numbers(translated->sql, translated->parameters);
  std::string before = quoted_in(sql);
  std::string after = quoted_in(plain);
  remove_all(before, "\"C\"");
  remove_all(after, "\"C\"");
  WATTLE_CHECK(before == after, "what stands in quotes is not touched");
  return 0;
}
