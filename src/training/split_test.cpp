#include "split.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "encoding.h"
#include "metrics.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kLimit = 32;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::size_t count_class(const std::vector<std::uint32_t>& rows, const std::vector<float>& classes,
                        float value) {
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [&](auto row) { return classes[row] == value; }));
}

TEST(Split, KeepsEveryRowOnceAndEveryClassInProportion) {
  std::vector<float> classes(700, 0.0F);
  classes.resize(1000, 1.0F);
  const auto split = split_rows(classes, {0.1, 0.2}, Rng(7));
  ASSERT_TRUE(split.ok());
  std::set<std::uint32_t> all;
  for (const auto* part : {&split->train, &split->validation, &split->test}) {
    EXPECT_TRUE(std::ranges::is_sorted(*part));
    all.insert(part->begin(), part->end());
  }
  EXPECT_EQ(all.size(), 1000U);
  EXPECT_EQ(split->train.size() + split->validation.size() + split->test.size(), 1000U);
  EXPECT_EQ(count_class(split->test, classes, 0), 140U);
  EXPECT_EQ(count_class(split->test, classes, 1), 60U);
  EXPECT_EQ(count_class(split->validation, classes, 0), 70U);
  EXPECT_EQ(count_class(split->validation, classes, 1), 30U);
}

// The rows were recorded once: whoever gets others has another generator, and its runs do not
// compare with anybody else's.
TEST(Split, IsTheSameForASeedOnEveryMachine) {
  const std::vector<float> one(20, 0.0F);
  EXPECT_THAT(split_rows(one, {0.15, 0.2}, Rng(1))->test, ElementsAre(2, 6, 12, 13));
  EXPECT_THAT(split_rows(one, {0.15, 0.2}, Rng(2))->test, ElementsAre(0, 5, 6, 18));
}

TEST(Split, GivesSmallClassesTheirShareTogether) {
  std::vector<float> classes(400);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i] = static_cast<float>(i / 4);  // a hundred classes of four rows
  }
  const auto split = split_rows(classes, {0.1, 0.1}, Rng(3));
  ASSERT_TRUE(split.ok());
  EXPECT_NEAR(static_cast<double>(split->test.size()), 40, 1);
  EXPECT_NEAR(static_cast<double>(split->validation.size()), 40, 1);
}

TEST(Split, LeavesTheOnlyRowOfAClassToTheTraining) {
  std::vector<float> classes(20, 0.0F);
  classes.back() = 1;
  const auto split = split_rows(classes, {0.4, 0.5}, Rng(1));
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->train.back(), 19U);
}

TEST(Split, RefusesATableThatIsTooSmall) {
  const std::vector<float> two(2, 0.0F);
  const auto split = split_rows(two, {0.15, 0.2}, Rng(1));
  ASSERT_FALSE(split.ok());
  EXPECT_THAT(split.error().message(), HasSubstr("2 rows, too few"));
}

Table mixed_table() {
  Table table;
  table.features = {{"n", ColumnKind::kNumber, {1.5F, kNan, 3}, {}, {}},
                    {"c", ColumnKind::kText, {}, {0, 1, kMissingCode}, {"red", "blue"}}};
  table.target = {"y", ColumnKind::kNumber, {0, 1, 0}, {}, {}};
  return table;
}

TEST(Encoding, MakesOneFeaturePerCategory) {
  const Table table = mixed_table();
  const std::vector<std::uint32_t> rows{0, 1, 2};
  const Encoding encoding = fit_encoding(table, rows, kLimit);
  EXPECT_THAT(encoding.feature_names(), ElementsAre("n", "c=blue", "c=red"));
  const Matrix matrix = encode(table, encoding, rows);
  EXPECT_EQ(matrix.columns, 3U);
  EXPECT_THAT(matrix.values,
              ElementsAre(1.5F, 0, 1, ::testing::NanSensitiveFloatEq(kNan), 1, 0, 3, 0, 0));
}

TEST(Encoding, TreatsAWordThatTrainingLackedAsMissing) {
  const Table table = mixed_table();
  const Encoding encoding = fit_encoding(table, std::vector<std::uint32_t>{0}, kLimit);
  EXPECT_THAT(encoding.feature_names(), ElementsAre("n", "c=red"));
  const Matrix matrix = encode(table, encoding, std::vector<std::uint32_t>{1});
  EXPECT_THAT(matrix.values, ElementsAre(::testing::NanSensitiveFloatEq(kNan), 0));
}

TEST(Encoding, NumbersManyCategoriesInTheirOrder) {
  Column column{"c", ColumnKind::kText, {}, {}, {}};
  for (std::uint32_t i = 0; i <= kLimit; ++i) {
    column.codes.push_back(i);
    column.words.push_back(std::to_string(kLimit - i));
  }
  column.codes.push_back(kMissingCode);
  Table table;
  table.features = {column};
  std::vector<std::uint32_t> rows(column.codes.size());
  std::iota(rows.begin(), rows.end(), 0U);
  const Encoding encoding = fit_encoding(table, rows, kLimit);
  ASSERT_EQ(encoding.width(), 1U);
  const Matrix matrix = encode(table, encoding, rows);
  EXPECT_FLOAT_EQ(matrix.values[0], kLimit);  // "32" is the greatest of "0" to "32"
  EXPECT_FLOAT_EQ(matrix.values[kLimit], 0);
  EXPECT_TRUE(std::isnan(matrix.values.back()));
}

// By hand: predictions 0, 1, 1, 2 for labels 0, 1, 2, 2. F1 of class 0: 1; of 1: 2/3 (one hit, two
// predicted, one actual); of 2: 2/3. Log loss: -(ln .5 + ln .6 + ln .3 + ln .8) / 4.
TEST(Metrics, MatchAClassificationByHand) {
  const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 0.2F, 0.6F, 0.2F,
                                         0.2F, 0.5F,  0.3F,  0.1F, 0.1F, 0.8F};
  const auto metrics = classification_metrics(probabilities, 3, std::vector<float>{0, 1, 2, 2});
  EXPECT_DOUBLE_EQ(metrics.accuracy, 0.75);
  EXPECT_NEAR(metrics.macro_f1, 7.0 / 9.0, 1e-12);
  EXPECT_NEAR(metrics.log_loss, (0.6931472 + 0.5108256 + 1.2039728 + 0.2231436) / 4, 1e-6);
}

// Wilson's interval for 90 of 100 at z = 1.2816: centre (0.9 + z²/200) / (1 + z²/100) = 0.893537,
// half width z / (1 + z²/100) · sqrt(0.09/100 + z²/40000) = 0.038679.
TEST(Metrics, GiveWilsonsIntervalOfTheAccuracy) {
  std::vector<float> probabilities;
  std::vector<float> labels(100, 0.0F);
  for (int i = 0; i < 100; ++i) {
    probabilities.insert(probabilities.end(), {i < 90 ? 0.9F : 0.1F, i < 90 ? 0.1F : 0.9F});
  }
  const auto metrics = classification_metrics(probabilities, 2, labels);
  EXPECT_NEAR(metrics.accuracy_low, 0.854858, 1e-6);
  EXPECT_NEAR(metrics.accuracy_high, 0.932215, 1e-6);
}

// By hand: errors 1, -1, 2, 0 about labels 1, 2, 3, 6 (mean 3, squares about it 4 + 1 + 0 + 9).
TEST(Metrics, MatchARegressionByHand) {
  const auto metrics =
      regression_metrics(std::vector<float>{2, 1, 5, 6}, std::vector<float>{1, 2, 3, 6});
  EXPECT_DOUBLE_EQ(metrics.rmse, std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(metrics.mae, 1.0);
  EXPECT_DOUBLE_EQ(metrics.r2, 1 - 6.0 / 14.0);
}

TEST(Metrics, StayFiniteForAnImpossibleClass) {
  const auto metrics = classification_metrics(std::vector<float>{1, 0}, 2, std::vector<float>{1});
  EXPECT_NEAR(metrics.log_loss, -std::log(kLeastProbability), 1e-9);
  EXPECT_DOUBLE_EQ(metrics.macro_f1, 0);
}

}  // namespace
}  // namespace wattle::training
