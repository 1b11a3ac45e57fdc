#include "wattle/cli/table.h"

#include <algorithm>

#include "wattle/base/check.h"

namespace wattle::cli {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// At most `width` columns of the text, the last of them "…" when something was cut.
std::string cut(const std::string& text, std::size_t width) {
  if (display_width(text) <= width || width == 0) {
    return text;
  }
  std::size_t shown = 0;
  std::size_t end = 0;
  while (end < text.size() && shown + 1 < width) {
    for (++end; end < text.size() && continues_character(text[end]); ++end) {
    }
    ++shown;
  }
  return text.substr(0, end) + "…";
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t used = display_width(text);
  const std::string blanks(used < width ? width - used : 0, ' ');
  return align == Align::kLeft ? text + blanks : blanks + text;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

void Table::add(std::vector<std::string> cells) {
  WATTLE_CHECK(cells.size() == columns_.size(), "a row has a cell for each column");
  rows_.push_back(std::move(cells));
}

std::string Table::to_text(const Output& output) const {
  return output.data_is_terminal() ? aligned(output) : tabbed();
}

std::string Table::tabbed() const {
  std::string text;
  const auto add_line = [&](std::size_t count, const auto& cell) {
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "" : "\t") + cell(i);
    }
    text += '\n';
  };
  add_line(columns_.size(), [&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) {
    add_line(row.size(), [&](std::size_t i) { return row[i]; });
  }
  return text;
}

std::string Table::aligned(const Output& output) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(display_width(columns_[i].title));
    for (const auto& row : rows_) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    std::size_t used = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool is_last = i + 1 == cells.size();
      const auto left =
          static_cast<std::size_t>(std::max(8, output.columns() - static_cast<int>(used)));
      text += is_last ? cut(cells[i], left) : padded(cells[i], widths[i], columns_[i].align) + "  ";
      used += widths[i] + 2;
    }
    return text;
  };
  std::vector<std::string> titles;
  for (const auto& column : columns_) {
    titles.push_back(column.title);
  }
  std::string text = output.styled(Style::kDim, line(titles)) + "\n";
  for (const auto& row : rows_) {
    text += line(row) + "\n";
  }
  return text;
}

}  // namespace wattle::cli
