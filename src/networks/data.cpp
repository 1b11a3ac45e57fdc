#include "data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "array_file.h"

#include "wattle/base/hash.h"
#include "wattle/base/text.h"
#include "wattle/training/labels.h"
#include "wattle/training/split.h"

namespace wattle::networks {
namespace {

using training::Matrix;
using training::Part;
using training::PreparedData;
using training::Task;

constexpr std::int64_t kImageSideLimit = 4'096;

/// Images or rows of an NPY or IDX file with their labels.
struct LabelledArray {
  Array features;
  training::Table target;  // without features: labels.h reads its target
  Shape shape;
  bool is_image = false;
  std::string sha256;
};

Result<Shape> shape_of(const std::string& path, const Array& array, ChannelOrder order) {
  const auto size = [&](std::size_t i) { return static_cast<std::int64_t>(array.shape[i]); };
  switch (array.shape.size()) {
    case 2:
      return Shape{size(1)};
    case 3:
      return Shape{1, size(1), size(2)};
    case 4:
      return order == ChannelOrder::kFirst ? Shape{size(1), size(2), size(3)}
                                           : Shape{size(3), size(1), size(2)};
    default:
      return Error(ErrorCode::kInvalidArgument,
                   concat(path,
                          ": data have 2 dimensions (rows, features), 3 (rows, height, "
                          "width) or 4 (with channels); it has ",
                          array.shape.size()));
  }
}

/// Rows of height, width, channels become rows of channels, height, width.
void put_channels_first(const Shape& shape, Array& array) {
  const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::vector<float> row(pixels * channels);
  for (std::size_t start = 0; start < array.values.size(); start += row.size()) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[(i % channels) * pixels + i / channels] = array.values[start + i];
    }
    std::ranges::copy(row, array.values.begin() + static_cast<std::ptrdiff_t>(start));
  }
}

Result<LabelledArray> read_labelled(const std::string& path, const std::string& labels_path,
                                    const NetworkOptions& options) {
  if (labels_path.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(path,
                        " is an array: name the file of its labels with --labels (for a "
                        "test file --test-labels)"));
  }
  LabelledArray result;
  WATTLE_ASSIGN_OR_RETURN(result.features, read_array(path));
  WATTLE_ASSIGN_OR_RETURN(result.shape,
                          shape_of(path, result.features, options.arrays.channel_order));
  result.is_image = result.features.shape.size() > 2;
  if (result.features.shape.size() == 4 && options.arrays.channel_order == ChannelOrder::kLast) {
    put_channels_first(result.shape, result.features);
  }
  WATTLE_ASSIGN_OR_RETURN(Array labels, read_array(labels_path));
  const std::uint64_t rows = result.features.shape.front();
  if (labels.values.size() != rows || rows == 0 || result.shape.size() == 0) {
    return Error(ErrorCode::kInvalidArgument, concat(labels_path, " holds ", labels.values.size(),
                                                     " labels for the ", rows, " rows of ", path));
  }
  result.target.path = labels_path;
  result.target.target.name = "label";
  result.target.target.numbers = std::move(labels.values);
  WATTLE_ASSIGN_OR_RETURN(const std::string features_sha256, sha256_file(path));
  WATTLE_ASSIGN_OR_RETURN(const std::string labels_sha256, sha256_file(labels_path));
  result.sha256 = sha256_hex(features_sha256 + labels_sha256);
  return result;
}

Part part_of(const LabelledArray& array, const training::Labels& labels,
             std::vector<std::uint32_t> rows) {
  const auto width = static_cast<std::size_t>(array.shape.size());
  Part part{Matrix{rows.size(), width, {}}, {}, {}};
  part.features.values.reserve(rows.size() * width);
  for (const auto row : rows) {
    const auto* const first = array.features.values.data() + row * width;
    part.features.values.insert(part.features.values.end(), first, first + width);
    part.labels.push_back(labels.values[row]);
  }
  part.rows = std::move(rows);
  return part;
}

Status add_test_array(const NetworkOptions& options, const Shape& shape,
                      const training::Labels& labels, PreparedData& parts) {
  WATTLE_ASSIGN_OR_RETURN(
      const LabelledArray test,
      read_labelled(options.data.test_path, options.arrays.test_labels, options));
  if (test.shape != shape) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(options.data.test_path, ": its rows are ", to_string(test.shape),
                        ", those of ", options.data.path, " ", to_string(shape)));
  }
  WATTLE_ASSIGN_OR_RETURN(const auto test_labels, training::read_labels_like(test.target, labels));
  std::vector<std::uint32_t> rows(test.target.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  parts.test = part_of(test, test_labels, std::move(rows));
  parts.test_sha256 = test.sha256;
  return {};
}

/// Names of an array's features: "feature_0", or "channel_0" of an image.
training::Encoding name_features(const Shape& shape) {
  training::Encoding encoding;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    encoding.columns.push_back({concat("feature_", i), training::EncodingKind::kNumber, {}});
  }
  return encoding;
}

Result<NetworkData> prepare_array(const NetworkOptions& options) {
  WATTLE_ASSIGN_OR_RETURN(const LabelledArray array,
                          read_labelled(options.data.path, options.arrays.labels, options));
  WATTLE_ASSIGN_OR_RETURN(const training::Labels labels,
                          training::read_labels(array.target, options.data.task));
  const std::vector<float> one_stratum(labels.task == Task::kRegression ? array.target.rows() : 0,
                                       0.0F);
  auto split =
      training::split_rows(one_stratum.empty() ? labels.values : one_stratum,
                           {options.data.validation_fraction,
                            options.data.test_path.empty() ? options.data.test_fraction : 0},
                           Rng(static_cast<std::uint64_t>(options.data.seed)));
  if (!split.ok()) {
    return split.error().with_context(options.data.path);
  }
  NetworkData data;
  data.shape = array.shape;
  data.is_image = array.is_image;
  PreparedData& parts = data.parts;
  parts.task = labels.task;
  parts.classes = labels.classes;
  parts.encoding = name_features(array.shape);
  parts.train = part_of(array, labels, std::move(split->train));
  parts.validation = part_of(array, labels, std::move(split->validation));
  parts.test = part_of(array, labels, std::move(split->test));
  parts.sha256 = array.sha256;
  if (!options.data.test_path.empty()) {
    WATTLE_RETURN_IF_ERROR(add_test_array(options, array.shape, labels, parts));
  }
  return data;
}

Result<NetworkData> prepare_table(FileSystem& files, const NetworkOptions& options) {
  if (options.data.target.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--target is missing: name the column to predict");
  }
  NetworkData data;
  WATTLE_ASSIGN_OR_RETURN(data.parts, training::prepare(files, options.data));
  const auto width = static_cast<std::int64_t>(data.parts.encoding.width());
  data.shape = {width};
  if (!options.arrays.image.empty()) {
    WATTLE_ASSIGN_OR_RETURN(data.shape, parse_shape(options.arrays.image, "--image"));
    data.is_image = true;
    if (data.shape.size() != width) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("--image ", options.arrays.image, ": that is ", data.shape.size(),
                          " numbers, and a row of ", options.data.path, " has ", width));
    }
  }
  return data;
}

/// Of the target of a regression.
void standardise_target(NetworkData& data) {
  const auto& labels = data.parts.train.labels;
  const auto rows = static_cast<double>(labels.size());
  double sum = 0;
  for (const float label : labels) {
    sum += static_cast<double>(label);
  }
  data.target_mean = sum / rows;
  double squares = 0;
  for (const float label : labels) {
    squares += std::pow(static_cast<double>(label) - data.target_mean, 2);
  }
  const double deviation = std::sqrt(squares / rows);
  data.target_deviation = deviation > 0 ? deviation : 1;
}

}  // namespace

Result<Shape> parse_shape(std::string_view text, std::string_view source) {
  const auto parts = split(text, 'x');
  std::vector<std::int64_t> sizes;
  for (const auto part : parts) {
    const auto size = parse_integer(trim(part));
    if (size.ok() && *size > 0 && *size <= kImageSideLimit) {
      sizes.push_back(*size);
    }
  }
  if (sizes.size() != parts.size() || sizes.size() < 2 || sizes.size() > 3) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(source, ": '", text,
                        "' is no image; it takes CHANNELSxHEIGHTxWIDTH or HEIGHTxWIDTH"));
  }
  return sizes.size() == 2 ? Shape{1, sizes[0], sizes[1]} : Shape{sizes[0], sizes[1], sizes[2]};
}

std::string to_string(const Shape& shape) {
  return concat(shape.channels, "x", shape.height, "x", shape.width);
}

Standardisation fit_standardisation(const Matrix& train, const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
  std::vector<double> count(channels);
  std::vector<double> mean(channels);
  std::vector<double> squares(channels);  // of the distances from the mean so far (Welford)
  for (std::size_t i = 0; i < train.values.size(); ++i) {
    const auto value = static_cast<double>(train.values[i]);
    if (std::isnan(value)) {
      continue;
    }
    const std::size_t channel = (i % train.columns) / pixels;
    const double before = value - mean[channel];
    count[channel] += 1;
    mean[channel] += before / count[channel];
    squares[channel] += before * (value - mean[channel]);
  }
  Standardisation result;
  for (std::size_t c = 0; c < channels; ++c) {
    const double deviation = count[c] > 0 ? std::sqrt(squares[c] / count[c]) : 0;
    result.mean.push_back(static_cast<float>(mean[c]));
    result.deviation.push_back(deviation > 0 ? static_cast<float>(deviation) : 1);
  }
  return result;
}

void standardise(const Standardisation& with, const Shape& shape, Matrix& features) {
  const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
  for (std::size_t i = 0; i < features.values.size(); ++i) {
    const std::size_t channel = (i % features.columns) / pixels;
    float& value = features.values[i];
    value = std::isnan(value) ? 0 : (value - with.mean[channel]) / with.deviation[channel];
  }
}

Result<NetworkData> prepare(FileSystem& files, const NetworkOptions& options) {
  const bool is_array = is_array_file(options.data.path);
  auto data = is_array ? prepare_array(options) : prepare_table(files, options);
  if (!data.ok()) {
    return data.error();
  }
  if (options.kind == NetworkKind::kCnn && !data->is_image) {
    return Error(ErrorCode::kInvalidArgument,
                 concat(options.data.path,
                        " holds no images; say --image HEIGHTxWIDTH if its rows "
                        "are, or take wattle-train mlp"));
  }
  data->standardisation = fit_standardisation(data->parts.train.features, data->shape);
  if (data->parts.task == Task::kRegression) {
    standardise_target(*data);
  }
  return data;
}

}  // namespace wattle::networks
