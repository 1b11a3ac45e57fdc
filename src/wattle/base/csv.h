// Reads CSV (RFC 4180), plain or gzipped, row by row, with positions so that a message names the
// line.
//
// Units:    none. Threads: one thread per reader. Lifetime: owns its file.
// Errors:   kParse with "FILE:LINE: what": unclosed quote, text after a quote, another number of
//           fields than the header, a line over limits::kCsvLineBytes, a truncated gzip.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/result.h"

namespace wattle {

class CsvReader {
 public:
  struct Options {
    char separator = ',';
    bool has_header = true;
  };

  /// Opens a file; gzip is recognised by content. Reads the header. A byte-order mark is skipped.
  static Result<std::unique_ptr<CsvReader>> open(const std::string& path, Options options);
  static Result<std::unique_ptr<CsvReader>> open(const std::string& path) {
    return open(path, Options{});
  }
  /// Reads text that is already in memory; `name` stands for the file in messages.
  static Result<std::unique_ptr<CsvReader>> from_text(std::string name, std::string_view text,
                                                      Options options);
  static Result<std::unique_ptr<CsvReader>> from_text(std::string name, std::string_view text) {
    return from_text(std::move(name), text, Options{});
  }
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::vector<std::string>& header() const { return header_; }
  /// Position of a column; kNotFound names the nearest column and the file.
  Result<std::size_t> column(std::string_view name) const;

  /// The next row, or nullptr after the last. The row is valid until the next call. Blank lines are
  /// skipped.
  Result<const std::vector<std::string>*> next();
  /// Line on which the current row began; the first line of the file is 1.
  std::size_t line() const { return row_line_; }
  /// An error about the current row: "FILE:LINE: what".
  Error error(std::string_view what) const;

 private:
  class Source;
  CsvReader(std::string name, std::unique_ptr<Source> source, Options options);
  Status read_header();
  /// False at the end of the file.
  Result<bool> read_row();
  Status read_quoted(std::string& field);

  std::string name_;
  std::unique_ptr<Source> source_;
  Options options_;
  std::vector<std::string> header_;
  std::vector<std::string> row_;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

}  // namespace wattle
