#include "wattle/store/dialect.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "wattle/base/text.h"
#include "wattle/store/sql_scanner.h"

namespace wattle::store {
namespace {

using Tokens = std::vector<SqlToken>;

struct Replacement {
  std::string_view word;
  std::string_view instead;
};

constexpr std::array kTypes{
    Replacement{"INTEGER", "BIGINT"},
    Replacement{"REAL", "DOUBLE PRECISION"},
    Replacement{"BLOB", "BYTEA"},
    Replacement{"TEXT", "TEXT"},
};
/// Words that stand before a name, so that a name such as "text" after them is not a type: among
/// the columns of CREATE TABLE, and in ALTER TABLE.
constexpr std::array<std::string_view, 2> kBeforeNamesInColumns{"REFERENCES", "CONSTRAINT"};
constexpr std::array<std::string_view, 7> kBeforeNames{"TABLE", "EXISTS", "COLUMN", "ADD",
                                                       "TO",    "RENAME", "DROP"};
constexpr std::array<std::string_view, 8> kStatements{"SELECT", "INSERT", "UPDATE", "DELETE",
                                                      "WITH",   "CREATE", "ALTER",  "DROP"};
/// Words that only one of the databases knows, and what to write.
constexpr std::array kForeignWords{
    Replacement{"AUTOINCREMENT", "give the key yourself"},
    Replacement{"ROWID", "name a key of your own"},
    Replacement{"GLOB", "LIKE ... ESCAPE"},
    Replacement{"ILIKE", "LIKE ... ESCAPE"},
    Replacement{"JSONB", "TEXT"},
    Replacement{"BIGINT", "INTEGER"},
    Replacement{"BOOLEAN", "INTEGER"},
    Replacement{"TIMESTAMP", "INTEGER, nanoseconds"},
};
/// The same of functions: refused before a parenthesis only.
constexpr std::array kForeignFunctions{
    Replacement{"IFNULL", "COALESCE"},
    Replacement{"IIF", "CASE WHEN"},
    Replacement{"GREATEST", "CASE WHEN"},
    Replacement{"LEAST", "CASE WHEN"},
    Replacement{"DATE", "nanoseconds as a parameter"},
    Replacement{"DATETIME", "nanoseconds as a parameter"},
    Replacement{"STRFTIME", "nanoseconds as a parameter"},
    Replacement{"JULIANDAY", "nanoseconds as a parameter"},
    Replacement{"UNIXEPOCH", "nanoseconds as a parameter"},
    Replacement{"NOW", "nanoseconds as a parameter"},
    Replacement{"RANDOM", "a parameter"},
    Replacement{"LAST_INSERT_ROWID", "RETURNING"},
    Replacement{"CHANGES", "the result of execute()"},
    Replacement{"GROUP_CONCAT", "rows, joined by the caller"},
    Replacement{"STRING_AGG", "rows, joined by the caller"},
    Replacement{"JSON_EXTRACT", "columns"},
};

const Replacement* find(std::span<const Replacement> table, const SqlToken& token) {
  const auto found =
      std::ranges::find_if(table, [&](const auto& row) { return token.is_word(row.word); });
  return found == table.end() ? nullptr : &*found;
}

bool is_one_of(std::span<const std::string_view> words, const SqlToken& token) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is_word(word); });
}

Error refused(std::string_view what, std::string_view instead) {
  return {ErrorCode::kInvalidArgument,
          concat("SQL: '", what, "' is not of the dialect; write ", instead)};
}

/// What a parenthesis belongs to.
struct Parenthesis {
  bool of_cast = false;
  bool of_extreme = false;  // MIN or MAX
};

/// Walks through the tokens of one statement and writes those of PostgreSQL.
class Translator {
 public:
  explicit Translator(Tokens tokens) : tokens_(std::move(tokens)) {}

  Result<PostgresStatement> translate() {
    if (!tokens_.empty() && tokens_.back().is_sign(';')) {
      tokens_.pop_back();
    }
    WATTLE_RETURN_IF_ERROR(check_beginning());
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      WATTLE_RETURN_IF_ERROR(check_token());
      WATTLE_RETURN_IF_ERROR(follow_parentheses());
      if (makes_table_ && depth_reached_ && open_.empty() && !tokens_[at_].is_sign(')')) {
        WATTLE_RETURN_IF_ERROR(take_table_option());
      } else {
        write_token();
      }
    }
    if (makes_table_ && !strict_) {
      return refused("CREATE TABLE without STRICT", "STRICT after the columns");
    }
    return PostgresStatement{std::move(output_), parameters_};
  }

 private:
  const SqlToken& token() const { return tokens_[at_]; }
  const SqlToken* neighbour(std::ptrdiff_t offset) const {
    const auto index = static_cast<std::ptrdiff_t>(at_) + offset;
    return index < 0 || index >= std::ssize(tokens_) ? nullptr
                                                     : &tokens_[static_cast<std::size_t>(index)];
  }

  Status check_beginning() {
    if (tokens_.empty()) {
      return Error(ErrorCode::kInvalidArgument, "SQL: a statement without words");
    }
    if (!is_one_of(kStatements, tokens_.front())) {
      return refused(tokens_.front().text,
                     "SELECT, INSERT, UPDATE, DELETE, WITH, CREATE, ALTER or "
                     "DROP; transactions are begun and ended for you");
    }
    const bool of_table = tokens_.size() > 1 && tokens_[1].is_word("TABLE");
    makes_table_ = of_table && tokens_.front().is_word("CREATE");
    changes_table_ = of_table && tokens_.front().is_word("ALTER");
    return {};
  }

  Status check_token() {
    if (token().is_sign(';')) {
      return refused(";", "one statement at a time");
    }
    const auto* before = neighbour(-1);
    if (token().is_sign('=') && !token().space_before && before != nullptr &&
        before->is_sign('=')) {
      return refused("==", "'='");
    }
    const bool without = before != nullptr && before->is_word("WITHOUT");
    if (const auto* foreign = find(kForeignWords, token()); foreign != nullptr && !without) {
      return refused(foreign->word, foreign->instead);
    }
    const auto* after = neighbour(1);
    const auto* function = find(kForeignFunctions, token());
    if (function != nullptr && after != nullptr && after->is_sign('(')) {
      return refused(function->word, function->instead);
    }
    return {};
  }

  Status follow_parentheses() {
    const auto* before = neighbour(-1);
    if (token().is_sign('(')) {
      const bool extreme = before != nullptr && (before->is_word("MIN") || before->is_word("MAX"));
      open_.push_back({before != nullptr && before->is_word("CAST"), extreme});
      depth_reached_ = true;
    } else if (token().is_sign(')')) {
      if (open_.empty()) {
        return Error(ErrorCode::kInvalidArgument, "SQL: a ')' without its '('");
      }
      open_.pop_back();
    } else if (token().is_sign(',') && !open_.empty() && open_.back().of_extreme) {
      return refused("MIN or MAX of two values", "CASE WHEN");
    }
    return {};
  }

  /// What stands after the columns of CREATE TABLE means something to SQLite only.
  Status take_table_option() {
    strict_ = strict_ || token().is_word("STRICT");
    if (token().is_word("STRICT") || token().is_word("WITHOUT") || token().is_word("ROWID") ||
        token().is_sign(',')) {
      return {};
    }
    return refused(token().text, "STRICT after the columns, or STRICT, WITHOUT ROWID");
  }

  void write_token() {
    if (token().space_before && !output_.empty()) {
      output_ += ' ';
    }
    if (token().kind == SqlToken::Kind::kParameter) {
      output_ += concat("$", ++parameters_);
    } else if (const auto* type = find(kTypes, token()); type != nullptr && is_type()) {
      output_ += type->instead;
      if (type->word == "TEXT" && defines_column()) {
        output_ += " COLLATE \"C\"";
      }
    } else {
      output_ += token().text;
    }
  }

  /// In CAST (... AS type), and after the name of a column that is defined.
  bool is_type() const {
    const auto* before = neighbour(-1);
    if (before == nullptr) {
      return false;
    }
    return (!open_.empty() && open_.back().of_cast && before->is_word("AS")) || defines_column();
  }
  bool defines_column() const {
    const auto* before = neighbour(-1);
    const bool after_name = before != nullptr && (before->kind == SqlToken::Kind::kWord ||
                                                  before->kind == SqlToken::Kind::kName);
    if (makes_table_) {
      return after_name && open_.size() == 1 && !is_one_of(kBeforeNamesInColumns, *before);
    }
    return after_name && changes_table_ && open_.empty() && !is_one_of(kBeforeNames, *before);
  }

  Tokens tokens_;
  std::size_t at_ = 0;
  std::vector<Parenthesis> open_;
  bool depth_reached_ = false;  // a parenthesis was opened
  bool makes_table_ = false;
  bool changes_table_ = false;
  bool strict_ = false;
  std::size_t parameters_ = 0;
  std::string output_;
};

}  // namespace

Result<PostgresStatement> to_postgres(std::string_view sql) {
  WATTLE_ASSIGN_OR_RETURN(auto tokens, scan_sql(sql));
  return Translator(std::move(tokens)).translate();
}

Status check_dialect(std::string_view sql) {
  const auto translated = to_postgres(sql);
  return translated.ok() ? Status() : Status(translated.error());
}

}  // namespace wattle::store
