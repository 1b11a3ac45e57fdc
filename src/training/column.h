// One column of a table: numbers, or words with codes; and its builder, which finds out which.
//
// Units:    those of the user's data, unknown here. Missing cells are NaN or kMissingCode.
// Errors:   kParse with "column 'x': 'abc' is no number"; the caller adds file and line.
// Threads:  one thread per builder. Lifetime: value types.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wattle/base/result.h"

namespace wattle::training {

enum class ColumnKind { kNumber, kText };

inline constexpr std::uint32_t kMissingCode = std::numeric_limits<std::uint32_t>::max();
/// Different words of a text column. More of them identify rows rather than describe them.
inline constexpr std::size_t kWordsLimit = 10'000;
/// Present cells that a column is judged by.
inline constexpr std::size_t kSampleCells = 1'000;

/// Cells that stand for "no value", as written by pandas, R, SQL exports and UCI files.
inline constexpr std::string_view kMissingWords[] = {"",    "NA",   "N/A",  "NaN",
                                                     "nan", "null", "NULL", "?"};
bool is_missing(std::string_view cell);

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  std::vector<float> numbers;        // kNumber
  std::vector<std::uint32_t> codes;  // kText: positions in words
  std::vector<std::string> words;    // kText: in order of appearance

  std::size_t size() const { return kind == ColumnKind::kNumber ? numbers.size() : codes.size(); }
};

/// Collects the cells of a column. Its kind is the given one, else that of the majority of the
/// first kSampleCells present cells; in a column of numbers, a word is then an error and not a
/// silent change of meaning.
class ColumnBuilder {
 public:
  ColumnBuilder(std::string name, std::optional<ColumnKind> kind);

  /// `line` is where the cell stands; an error may be about an earlier line: see bad_line().
  Status add(std::string_view cell, std::size_t line);
  /// The line that the last error is about.
  std::size_t bad_line() const { return bad_line_; }
  Result<Column> finish();

 private:
  Status decide();
  Status add_number(std::string_view cell, std::size_t line);
  Status add_word(std::string_view cell, std::size_t line);
  Error no_number(std::string_view cell) const;

  Column column_;
  std::optional<ColumnKind> kind_;
  std::unordered_map<std::string, std::uint32_t> codes_;
  std::size_t present_ = 0;
  std::size_t words_ = 0;  // present cells that are no number
  std::size_t bad_line_ = 0;
  std::string bad_cell_;
};

}  // namespace wattle::training
