// From files to what a network learns from: tables or images, divided and standardised.
//
// Units:    those of the data; standardised numbers are in deviations from the mean.
// Errors:   those of training's tables and of array_file.h; kInvalidArgument for shapes that do not
//           fit each other.
// Threads:  pure functions but for reading files. Lifetime: value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/training/prepare.h"

namespace wattle::networks {

/// Of one row. A row of a table has its features as channels of one pixel.
struct Shape {
  std::int64_t channels = 0;
  std::int64_t height = 1;
  std::int64_t width = 1;

  std::int64_t size() const { return channels * height * width; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// "1x8x8": channels, height, width.
Result<Shape> parse_shape(std::string_view text, std::string_view source);
std::string to_string(const Shape& shape);

/// x becomes (x - mean) / deviation, with one mean for each channel; missing numbers become 0, the
/// mean. Deviations of constant channels are 1.
struct Standardisation {
  std::vector<float> mean;
  std::vector<float> deviation;
};

struct NetworkData {
  training::PreparedData parts;  // features as in the files; NaN where missing
  Shape shape;
  bool is_image = false;
  Standardisation standardisation;  // of the training part alone
  double target_mean = 0;           // regression: of the training part
  double target_deviation = 1;
};

Standardisation fit_standardisation(const training::Matrix& train, const Shape& shape);
/// In place.
void standardise(const Standardisation& with, const Shape& shape, training::Matrix& features);

Result<NetworkData> prepare(FileSystem& files, const NetworkOptions& options);

}  // namespace wattle::networks
