#include "column.h"

#include <algorithm>
#include <cmath>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

/// Nothing for text that is no number, or none that a float can hold.
std::optional<float> to_float(std::string_view cell) {
  const auto number = parse_number(cell);
  const float narrow = number.ok() ? static_cast<float>(*number) : 0;
  return number.ok() && std::isfinite(narrow) ? std::optional(narrow) : std::nullopt;
}

}  // namespace

bool is_missing(std::string_view cell) {
  return std::ranges::find(kMissingWords, cell) != std::end(kMissingWords);
}

ColumnBuilder::ColumnBuilder(std::string name, std::optional<ColumnKind> kind) : kind_(kind) {
  column_.name = std::move(name);
}

Error ColumnBuilder::no_number(std::string_view cell) const {
  return {ErrorCode::kParse,
          concat("column '", column_.name, "': '", cell.substr(0, 40),
                 "' is no number, but other cells are; correct it, leave it empty, or say "
                 "--categorical ",
                 shell_quote(column_.name))};
}

Status ColumnBuilder::add(std::string_view cell, std::size_t line) {
  cell = trim(cell);
  if (kind_ == ColumnKind::kNumber) {
    return add_number(cell, line);
  }
  WATTLE_RETURN_IF_ERROR(add_word(cell, line));
  if (kind_ || is_missing(cell)) {
    return {};
  }
  ++present_;
  if (!to_float(cell)) {
    ++words_;
    if (words_ == 1) {
      bad_line_ = line;
      bad_cell_ = cell;
    }
  }
  return present_ == kSampleCells ? decide() : Status();
}

Status ColumnBuilder::add_number(std::string_view cell, std::size_t line) {
  if (is_missing(cell)) {
    column_.numbers.push_back(std::numeric_limits<float>::quiet_NaN());
    return {};
  }
  const auto number = to_float(cell);
  if (!number) {
    bad_line_ = line;
    return no_number(cell);
  }
  column_.numbers.push_back(*number);
  return {};
}

Status ColumnBuilder::add_word(std::string_view cell, std::size_t line) {
  if (is_missing(cell)) {
    column_.codes.push_back(kMissingCode);
    return {};
  }
  const auto [entry, is_new] =
      codes_.try_emplace(std::string(cell), static_cast<std::uint32_t>(column_.words.size()));
  if (is_new) {
    if (column_.words.size() == kWordsLimit) {
      bad_line_ = line;
      return Error(
          ErrorCode::kParse,
          concat(
              "column '", column_.name, "' has more than ", kWordsLimit,
              " different texts, so it names rows rather than describes them; as a feature, leave "
              "it out with --ignore ",
              shell_quote(column_.name)));
    }
    column_.words.push_back(entry->first);
  }
  column_.codes.push_back(entry->second);
  return {};
}

Status ColumnBuilder::decide() {
  if (2 * words_ > present_) {
    kind_ = ColumnKind::kText;
    return {};
  }
  kind_ = ColumnKind::kNumber;
  if (words_ > 0) {
    return no_number(bad_cell_);
  }
  const auto codes = std::exchange(column_.codes, {});
  const auto words = std::exchange(column_.words, {});
  codes_.clear();
  column_.numbers.reserve(codes.size());
  for (const auto code : codes) {
    WATTLE_RETURN_IF_ERROR(
        add_number(code == kMissingCode ? std::string_view() : words[code], bad_line_));
  }
  return {};
}

Result<Column> ColumnBuilder::finish() {
  if (!kind_) {
    WATTLE_RETURN_IF_ERROR(decide());
  }
  column_.kind = *kind_;
  return std::move(column_);
}

}  // namespace wattle::training
