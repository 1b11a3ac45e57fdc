// Columns of text: aligned on a terminal, separated by tabs when piped to another program.
//
// Units:    characters as a terminal counts them (one for each UTF-8 sequence). Errors: none.
// Threads:  value type. Lifetime: value type.
#pragma once

#include <string>
#include <vector>

#include "wattle/cli/output.h"

namespace wattle::cli {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// REQUIRES: one cell for each column.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// On a terminal: titles, aligned, no line longer than the terminal (the last column is cut).
  /// Else: titles and cells by tabs.
  std::string to_text(const Output& output) const;

 private:
  std::string aligned(const Output& output) const;
  std::string tabbed() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns a terminal gives the text: one for each UTF-8 sequence.
std::size_t display_width(std::string_view text);

}  // namespace wattle::cli
