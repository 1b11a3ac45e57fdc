#include "data.h"

#include <cmath>
#include <limits>

#include "architecture.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::networks {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Standardisation, IsTakenFromEachChannelAndLeavesConstantsAlone) {
  // Two channels of two pixels: 1, 3 and 5, 7 of the first have mean 4 and variance 5.
  training::Matrix matrix{2, 4, {1, 3, 9, 9, 5, 7, 9, 9}};
  const auto found = fit_standardisation(matrix, {2, 1, 2});
  EXPECT_THAT(found.mean, ElementsAre(4, 9));
  EXPECT_THAT(found.deviation, ElementsAre(FloatNear(std::sqrt(5.0F), 1e-6F), 1));
  standardise(found, {2, 1, 2}, matrix);
  EXPECT_NEAR(static_cast<double>(matrix.values[0]), -3 / std::sqrt(5.0), 1e-6);
  EXPECT_EQ(matrix.values[2], 0);
}

TEST(Standardisation, PutsTheMeanWhereNumbersAreMissing) {
  training::Matrix matrix{4, 1, {1, kNan, 3, kNan}};
  const auto found = fit_standardisation(matrix, {1});
  EXPECT_THAT(found.mean, ElementsAre(2));
  standardise(found, {1}, matrix);
  EXPECT_THAT(matrix.values, ElementsAre(-1, 0, 1, 0));
}

class DataTest : public ::testing::Test {
 protected:
  Result<NetworkData> read(NetworkOptions options) { return prepare(files_, options); }
  std::string refusal(const NetworkOptions& options) {
    const auto data = read(options);
    return data.ok() ? "no refusal" : data.error().message();
  }
  /// One byte a number, as IDX.
  std::string write_idx(const std::string& name, std::vector<unsigned char> shape,
                        const std::string& numbers) {
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(shape.size())};
    for (const auto size : shape) {
      bytes += std::string(3, '\0') + static_cast<char>(size);
    }
    folder_.write(name, bytes + numbers);
    return folder_ / name;
  }
  NetworkOptions images(std::vector<unsigned char> shape) {
    NetworkOptions options;
    options.kind = NetworkKind::kCnn;
    std::size_t size = 1;
    for (const auto length : shape) {
      size *= length;
    }
    std::string numbers(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
      numbers[i] = static_cast<char>(i % 100);
    }
    std::string labels(shape.front(), '\0');
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<char>(i % 2);
    }
    options.data.path = write_idx("images", shape, numbers);
    options.arrays.labels = write_idx("labels", {shape.front()}, labels);
    return options;
  }

  support::TemporaryFolder folder_;
  RealFileSystem files_;
};

TEST_F(DataTest, DividesImagesAsItDividesTables) {
  const auto data = read(images({40, 3, 2}));
  ASSERT_TRUE(data.ok()) << data.error().message();
  EXPECT_EQ(data->shape, (Shape{1, 3, 2}));
  EXPECT_TRUE(data->is_image);
  EXPECT_EQ(data->parts.train.rows.size(), 26U);
  EXPECT_EQ(data->parts.validation.rows.size(), 6U);
  EXPECT_EQ(data->parts.test.rows.size(), 8U);
  EXPECT_THAT(data->parts.classes, ElementsAre("0", "1"));
  const std::uint32_t row = data->parts.test.rows[0];
  EXPECT_EQ(data->parts.test.features.values[0], static_cast<float>(row * 6 % 100));
  EXPECT_EQ(data->parts.test.labels[0], static_cast<float>(row % 2));
}

TEST_F(DataTest, PutsChannelsFirstWhereTheyAreLast) {
  auto options = images({10, 1, 2, 3});
  options.arrays.channel_order = ChannelOrder::kLast;
  const auto data = read(options);
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(data->shape, (Shape{3, 1, 2}));
  const auto first = static_cast<float>(data->parts.train.rows[0] * 6 % 100);
  const auto& values = data->parts.train.features.values;
  EXPECT_THAT(std::vector<float>(values.begin(), values.begin() + 6),
              ElementsAre(first, first + 3, first + 1, first + 4, first + 2, first + 5));
}

TEST_F(DataTest, TakesTheRowsOfATableForImages) {
  std::string table = "a,b,c,d,y\n";
  for (int i = 0; i < 20; ++i) {
    table += concat(i, ",1,2,3,", i % 2, "\n");
  }
  folder_.write("t.csv", table);
  NetworkOptions options;
  options.kind = NetworkKind::kCnn;
  options.data.path = folder_ / "t.csv";
  options.data.target = "y";
  EXPECT_THAT(refusal(options), HasSubstr("holds no images; say --image"));
  options.arrays.image = "3x2";
  EXPECT_THAT(refusal(options), HasSubstr("that is 6 numbers, and a row of"));
  options.arrays.image = "2 by 2";
  EXPECT_THAT(refusal(options), HasSubstr("is no image; it takes CHANNELSxHEIGHTxWIDTH"));
  options.arrays.image = "2x2";
  EXPECT_EQ(read(options)->shape, (Shape{1, 2, 2}));
}

TEST_F(DataTest, RefusesArraysThatDoNotFit) {
  auto options = images({10, 2, 2});
  options.arrays.labels = write_idx("few", {9}, std::string(9, '\1'));
  EXPECT_THAT(refusal(options), HasSubstr("holds 9 labels for the 10 rows"));
  options.arrays.labels = "";
  EXPECT_THAT(refusal(options), HasSubstr("name the file of its labels"));
  options = images({10, 2, 2});
  options.data.test_path = write_idx("test", {2, 3, 3}, std::string(18, '\1'));
  options.arrays.test_labels = write_idx("test_labels", {2}, std::string(2, '\1'));
  EXPECT_THAT(refusal(options), HasSubstr("its rows are 1x3x3"));
}

TEST(Architecture, CountsItsWeightsAndMultiplications) {
  NetworkOptions options;
  options.model.layers = {128};
  const auto mlp = design(options, {64}, 10);
  ASSERT_TRUE(mlp.ok());
  EXPECT_EQ(mlp->operations, 64 * 128 + 128 * 10);
  EXPECT_EQ(count(initial_weights(*mlp, Rng(1))), 64 * 128 + 128 + 128 * 10 + 10);
  options.kind = NetworkKind::kCnn;
  options.model.channels = {4, 8};
  options.model.batch_norm = Switch::kOn;
  const auto cnn = design(options, {1, 8, 8}, 10);
  ASSERT_TRUE(cnn.ok());
  EXPECT_EQ(cnn->operations, 4 * 9 * 64 + 8 * 4 * 9 * 16 + (8 * 4) * 128 + 128 * 10);
  EXPECT_EQ(count(initial_weights(*cnn, Rng(1))),
            (4 * 9 + 4) + 8 + (8 * 4 * 9 + 8) + 16 + (32 * 128 + 128) + 256 + 1290);
}

TEST(Architecture, RefusesWhatPoolingLeavesNothingOf) {
  NetworkOptions options;
  options.kind = NetworkKind::kCnn;
  options.model.channels = {4, 4, 4, 4};
  const auto cnn = design(options, {1, 8, 8}, 10);
  ASSERT_FALSE(cnn.ok());
  EXPECT_THAT(cnn.error().message(), HasSubstr("after 3 blocks the image is 1x1"));
  options.kind = NetworkKind::kMlp;
  options.model.layers = {65'536, 65'536};
  EXPECT_THAT(design(options, {64}, 10).error().message(), HasSubstr("more than 500000000"));
}

TEST(Architecture, BeginsTheSameOnEveryMachine) {
  NetworkOptions options;
  options.model.layers = {2};
  const auto mlp = design(options, {3}, 2);
  const auto weights = initial_weights(*mlp, Rng(1));
  ASSERT_EQ(weights.size(), 4U);
  EXPECT_EQ(weights[0].name, "layers.0.weight");
  // He's bound for three inputs is sqrt(6 / 3).
  for (const float value : weights[0].values) {
    EXPECT_LE(std::abs(value), std::sqrt(2.0F));
  }
  EXPECT_EQ(encode_weights(weights), encode_weights(initial_weights(*mlp, Rng(1))));
  EXPECT_NE(encode_weights(weights), encode_weights(initial_weights(*mlp, Rng(2))));
}

}  // namespace
}  // namespace wattle::networks
