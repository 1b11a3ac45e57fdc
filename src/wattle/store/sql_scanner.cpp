#include "wattle/store/sql_scanner.h"

#include <algorithm>

#include "wattle/base/text.h"

namespace wattle::store {
namespace {

constexpr std::string_view kSigns = "()+-*/%<>=!|,.;~&";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) {
  return begins_word(c) || is_digit(c);
}
char capital(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

Error wrong(std::string_view what, std::string_view where) {
  constexpr std::size_t kShownBytes = 40;
  return {ErrorCode::kInvalidArgument, concat(what, " at '", where.substr(0, kShownBytes), "'")};
}

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : rest_(sql) {}

  Result<std::vector<SqlToken>> scan() {
    std::vector<SqlToken> tokens;
    for (;;) {
      WATTLE_ASSIGN_OR_RETURN(const bool space, skip_space());
      if (rest_.empty()) {
        return tokens;
      }
      WATTLE_ASSIGN_OR_RETURN(SqlToken token, next());
      token.space_before = space;
      tokens.push_back(token);
    }
  }

 private:
  using Kind = SqlToken::Kind;

  /// True when there was a space or a comment.
  Result<bool> skip_space() {
    const std::size_t before = rest_.size();
    for (;;) {
      if (!rest_.empty() && is_space(rest_.front())) {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("--")) {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        const auto end = rest_.find("*/", 2);
        if (end == std::string_view::npos) {
          return wrong("a comment without end", rest_);
        }
        rest_.remove_prefix(end + 2);
      } else {
        return rest_.size() != before;
      }
    }
  }

  Result<SqlToken> next() {
    const char first = rest_.front();
    if (begins_word(first)) {
      return word();
    }
    if (first == '\'' || first == '"') {
      return quoted(first);
    }
    if (is_digit(first) || (first == '.' && rest_.size() > 1 && is_digit(rest_[1]))) {
      return take(Kind::kNumber, number_length());
    }
    if (first == '?') {
      if (rest_.size() > 1 && is_digit(rest_[1])) {
        return wrong("parameters are not numbered; write '?'", rest_);
      }
      return take(Kind::kParameter, 1);
    }
    if (kSigns.find(first) != std::string_view::npos) {
      return take(Kind::kSign, 1);
    }
    return wrong("this is not of the dialect", rest_);
  }

  Result<SqlToken> word() {
    const auto end = std::ranges::find_if_not(rest_, continues_word);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    if (end != rest_.end() && *end == '\'') {
      return wrong("a text has no prefix; bytes are parameters", rest_);
    }
    return take(Kind::kWord, length);
  }

  Result<SqlToken> quoted(char quote) {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != quote) {
        continue;
      }
      if (i + 1 < rest_.size() && rest_[i + 1] == quote) {
        ++i;  // doubled: one of the text
      } else {
        return take(quote == '"' ? Kind::kName : Kind::kText, i + 1);
      }
    }
    return wrong("a quote without end", rest_);
  }

  std::size_t number_length() const {
    std::size_t i = 0;
    while (i < rest_.size() &&
           (continues_word(rest_[i]) || rest_[i] == '.' || is_sign_of_exponent(i))) {
      ++i;
    }
    return i;
  }
  bool is_sign_of_exponent(std::size_t i) const {
    return i > 0 && (rest_[i] == '+' || rest_[i] == '-') && capital(rest_[i - 1]) == 'E';
  }

  SqlToken take(Kind kind, std::size_t length) {
    const SqlToken token{.kind = kind, .text = rest_.substr(0, length)};
    rest_.remove_prefix(length);
    return token;
  }

  std::string_view rest_;
};

}  // namespace

bool SqlToken::is_word(std::string_view upper) const {
  return kind == Kind::kWord &&
         std::ranges::equal(text, upper, [](char a, char b) { return capital(a) == b; });
}

Result<std::vector<SqlToken>> scan_sql(std::string_view sql) {
  return Scanner(sql).scan();
}

}  // namespace wattle::store
