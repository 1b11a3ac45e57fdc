// Turns the columns of a table into the numbers that models learn from, the same way every time.
//
// Units:    those of the data. Missing values are NaN. Threads: pure functions.
// Errors:   none: a word that the training rows did not have is treated as missing.
// Lifetime: value types. model.json holds the encoding, so that inference can repeat it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "table.h"

namespace wattle::training {

enum class EncodingKind { kNumber, kOneHot, kOrdinal };
std::string_view to_string(EncodingKind kind);

struct ColumnEncoding {
  std::string column;
  EncodingKind kind = EncodingKind::kNumber;
  std::vector<std::string> categories;  // in their order; empty for numbers

  std::size_t width() const { return kind == EncodingKind::kOneHot ? categories.size() : 1; }
};

struct Encoding {
  std::vector<ColumnEncoding> columns;

  /// "carat", "cut=Ideal": one name per feature.
  std::vector<std::string> feature_names() const;
  std::size_t width() const;
};

/// Rows of features, row after row.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
};

/// Learns the categories from the given rows only. A text column with at most `one_hot_limit`
/// categories becomes one 0/1 feature per category; one with more becomes a single feature, the
/// position of its category.
Encoding fit_encoding(const Table& table, std::span<const std::uint32_t> rows,
                      std::size_t one_hot_limit);

/// REQUIRES: the table has the encoding's columns, in its order.
Matrix encode(const Table& table, const Encoding& encoding, std::span<const std::uint32_t> rows);

}  // namespace wattle::training
