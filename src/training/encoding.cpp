#include "encoding.h"

#include <limits>
#include <unordered_map>

#include "labels.h"

#include "wattle/base/check.h"

namespace wattle::training {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint32_t kUnknown = kMissingCode;

std::vector<std::string> categories_of(const Column& column, std::span<const std::uint32_t> rows) {
  std::vector<bool> is_used(column.words.size());
  for (const auto row : rows) {
    if (column.codes[row] != kMissingCode) {
      is_used[column.codes[row]] = true;
    }
  }
  std::vector<std::string> words;
  for (std::size_t code = 0; code < is_used.size(); ++code) {
    if (is_used[code]) {
      words.push_back(column.words[code]);
    }
  }
  sort_words(words);
  return words;
}

/// For every code of the column its category's position, or kUnknown.
std::vector<std::uint32_t> positions_of(const Column& column, const ColumnEncoding& encoding) {
  std::unordered_map<std::string_view, std::uint32_t> position;
  for (std::size_t i = 0; i < encoding.categories.size(); ++i) {
    position[encoding.categories[i]] = static_cast<std::uint32_t>(i);
  }
  std::vector<std::uint32_t> result;
  result.reserve(column.words.size());
  for (const auto& word : column.words) {
    const auto found = position.find(word);
    result.push_back(found == position.end() ? kUnknown : found->second);
  }
  return result;
}

/// Where a column's features go: the first of them in the first row, and the way to the next row.
struct Place {
  float* first;
  std::size_t stride;
};

void encode_text(const Column& column, const ColumnEncoding& encoding,
                 std::span<const std::uint32_t> rows, Place place) {
  const auto positions = positions_of(column, encoding);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint32_t code = column.codes[rows[i]];
    const std::uint32_t position = code == kMissingCode ? kUnknown : positions[code];
    float* const cell = place.first + i * place.stride;
    if (encoding.kind == EncodingKind::kOrdinal) {
      *cell = position == kUnknown ? kNan : static_cast<float>(position);
      continue;
    }
    for (std::size_t k = 0; k < encoding.width(); ++k) {
      cell[k] = k == position ? 1.0F : 0.0F;
    }
  }
}

}  // namespace

std::string_view to_string(EncodingKind kind) {
  switch (kind) {
    case EncodingKind::kNumber:
      return "number";
    case EncodingKind::kOneHot:
      return "one-hot";
    case EncodingKind::kOrdinal:
      break;
  }
  return "ordinal";
}

std::vector<std::string> Encoding::feature_names() const {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    if (column.kind != EncodingKind::kOneHot) {
      names.push_back(column.column);
      continue;
    }
    for (const auto& category : column.categories) {
      names.push_back(column.column + "=" + category);
    }
  }
  return names;
}

std::size_t Encoding::width() const {
  std::size_t width = 0;
  for (const auto& column : columns) {
    width += column.width();
  }
  return width;
}

Encoding fit_encoding(const Table& table, std::span<const std::uint32_t> rows,
                      std::size_t one_hot_limit) {
  Encoding encoding;
  for (const auto& column : table.features) {
    if (column.kind == ColumnKind::kNumber) {
      encoding.columns.push_back({column.name, EncodingKind::kNumber, {}});
      continue;
    }
    auto categories = categories_of(column, rows);
    // No category at all: one ordinal feature that is always missing keeps the columns aligned.
    const bool one_hot = !categories.empty() && categories.size() <= one_hot_limit;
    encoding.columns.push_back({column.name,
                                one_hot ? EncodingKind::kOneHot : EncodingKind::kOrdinal,
                                std::move(categories)});
  }
  return encoding;
}

Matrix encode(const Table& table, const Encoding& encoding, std::span<const std::uint32_t> rows) {
  WATTLE_CHECK(table.features.size() == encoding.columns.size(), table.path);
  Matrix matrix{rows.size(), encoding.width(), {}};
  matrix.values.resize(matrix.rows * matrix.columns);
  std::size_t offset = 0;
  for (std::size_t c = 0; c < encoding.columns.size(); ++c) {
    const Column& column = table.features[c];
    const Place place{matrix.values.data() + offset, matrix.columns};
    if (column.kind == ColumnKind::kText) {
      encode_text(column, encoding.columns[c], rows, place);
    } else {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        place.first[i * place.stride] = column.numbers[rows[i]];
      }
    }
    offset += encoding.columns[c].width();
  }
  return matrix;
}

}  // namespace wattle::training
