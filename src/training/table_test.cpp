#include "table.h"

#include <cmath>

#include "labels.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/text.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::training {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class TableTest : public ::testing::Test {
 protected:
  Result<Table> read(std::string_view content, TableOptions options = {"y", false, {}, {}}) {
    return read_table(folder_.write("t.csv", content), options);
  }
  std::string failure(std::string_view content, TableOptions options = {"y", false, {}, {}}) {
    const auto table = read(content, std::move(options));
    return table.ok() ? "no failure" : table.error().message();
  }

  support::TemporaryFolder folder_;
};

TEST_F(TableTest, KnowsNumbersFromWordsAndKeepsMissingCells) {
  const auto table = read("a,b,y\n1,red,0\n,blue,1\n2.5,NA,0\n?,red,1\n");
  ASSERT_TRUE(table.ok()) << table.error().message();
  ASSERT_EQ(table->features.size(), 2U);
  EXPECT_EQ(table->features[0].kind, ColumnKind::kNumber);
  EXPECT_FLOAT_EQ(table->features[0].numbers[2], 2.5F);
  EXPECT_TRUE(std::isnan(table->features[0].numbers[1]));
  EXPECT_TRUE(std::isnan(table->features[0].numbers[3]));
  EXPECT_EQ(table->features[1].kind, ColumnKind::kText);
  EXPECT_THAT(table->features[1].words, ElementsAre("red", "blue"));
  EXPECT_THAT(table->features[1].codes, ElementsAre(0, 1, kMissingCode, 0));
}

TEST_F(TableTest, NamesTheLineOfABadCellEvenWhenTheColumnIsJudgedLater) {
  EXPECT_THAT(failure("x,y\n1,0\n2,1\nabc,0\n3,1\n"),
              HasSubstr("t.csv:4: column 'x': 'abc' is no number"));
}

TEST_F(TableTest, NamesTheLineOfABadCellAfterTheSample) {
  std::string content = "x,y\n";
  for (std::size_t i = 0; i < kSampleCells + 10; ++i) {
    content += "1,0\n";
  }
  EXPECT_THAT(failure(content + "1e999,1\n"),
              HasSubstr(concat("t.csv:", kSampleCells + 12, ": column 'x': '1e999'")));
}

TEST_F(TableTest, TakesNumbersAsNamesWhereToldTo) {
  const auto table = read("zip,y\n10115,0\n80331,1\n10115,1\n", {"y", false, {}, {"zip"}});
  ASSERT_TRUE(table.ok());
  EXPECT_THAT(table->features[0].words, ElementsAre("10115", "80331"));
}

TEST_F(TableTest, LeavesIgnoredColumnsOut) {
  const auto table = read("id,x,y\na,1,0\nb,2,1\n", {"y", false, {"id"}, {}});
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->features.size(), 1U);
  EXPECT_EQ(table->features[0].name, "x");
}

TEST_F(TableTest, RefusesWhatCannotBeLearntFrom) {
  EXPECT_THAT(failure(""), HasSubstr("the file is empty"));
  EXPECT_THAT(failure("x,y\n"), HasSubstr("a header and no rows"));
  EXPECT_THAT(failure("x,x,y\n1,2,3\n"), HasSubstr(":1: two columns are named 'x'"));
  EXPECT_THAT(failure("x,,y\n1,2,3\n"), HasSubstr(":1: a column has no name"));
  EXPECT_THAT(failure("x,y\n1,0\n2,\n"), HasSubstr("t.csv:3: the target is missing"));
  EXPECT_THAT(failure("y\n1\n"), HasSubstr("no column beside the target"));
  EXPECT_THAT(failure("x,y\n1,0\n1,2,3\n"), HasSubstr("t.csv:3: has 3 fields"));
}

TEST_F(TableTest, SuggestsTheNearestColumnForAnUnknownOne) {
  const auto table = read("weight,price\n1,2\n", {"prise", false, {}, {}});
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(table.error().message(), EndsWith("did you mean 'price'?"));
  EXPECT_THAT(failure("weight,y\n1,2\n", {"y", false, {"wieght"}, {}}),
              EndsWith("did you mean 'weight'?"));
}

TEST_F(TableTest, RefusesAColumnThatNamesRows) {
  std::string content = "id,y\n";
  for (std::size_t i = 0; i <= kWordsLimit; ++i) {
    content += concat("row", i, ",", i % 2, "\n");
  }
  EXPECT_THAT(failure(content), HasSubstr(concat("t.csv:", kWordsLimit + 2, ": column 'id' has")));
}

TEST_F(TableTest, ReadsASecondFileInTheOrderOfTheFirst) {
  const auto model = read("a,b,y\n1,red,0\n2,blue,1\n");
  ASSERT_TRUE(model.ok());
  const auto other = read_table_like(folder_.write("o.csv", "y,c,b,a\n1,9,green,7\n"), *model);
  ASSERT_TRUE(other.ok()) << other.error().message();
  ASSERT_EQ(other->features.size(), 2U);
  EXPECT_FLOAT_EQ(other->features[0].numbers[0], 7);
  EXPECT_THAT(other->features[1].words, ElementsAre("green"));
  const auto bad = read_table_like(folder_.write("p.csv", "y,b,a\n1,red,x\n"), *model);
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(bad.error().message(), HasSubstr("p.csv:2: column 'a': 'x' is no number"));
}

TEST_F(TableTest, OrdersClassesByValueAndNamesThemOnce) {
  const auto table = read("x,y\n1,10\n2,9\n3,9.0\n4,10\n");
  const auto labels = read_labels(*table, Task::kAuto);
  ASSERT_TRUE(labels.ok()) << labels.error().message();
  EXPECT_THAT(labels->classes, ElementsAre("9", "10"));
  EXPECT_THAT(labels->values, ElementsAre(1, 0, 0, 1));
}

TEST_F(TableTest, TakesFractionsAndManyValuesForARegression) {
  EXPECT_EQ(read_labels(*read("x,y\n1,1.5\n2,2\n"), Task::kAuto)->task, Task::kRegression);
  std::string many = "x,y\n";
  for (std::size_t i = 0; i <= kAutomaticClasses; ++i) {
    many += concat(i, ",", i, "\n");
  }
  EXPECT_EQ(read_labels(*read(many), Task::kAuto)->task, Task::kRegression);
}

TEST_F(TableTest, RefusesTargetsWithNothingToLearn) {
  const auto refusal = [&](std::string_view content, Task task) {
    const auto labels = read_labels(*read(content), task);
    return labels.ok() ? "no failure" : labels.error().message();
  };
  EXPECT_THAT(refusal("x,y\n1,a\n2,a\n", Task::kAuto), HasSubstr("is 'a' in every row"));
  EXPECT_THAT(refusal("x,y\n1,2.5\n2,2.5\n", Task::kAuto), HasSubstr("is 2.5 in every row"));
  EXPECT_THAT(refusal("x,y\n1,a\n2,b\n", Task::kRegression), HasSubstr("holds text such as 'a'"));
  std::string many = "x,y\n";
  for (std::size_t i = 0; i <= kClassesLimit; ++i) {
    many += concat("1,", i, "\n");
  }
  EXPECT_THAT(refusal(many, Task::kClassification), HasSubstr("has 1001 classes"));
}

TEST_F(TableTest, RefusesATestClassThatTrainingLacks) {
  const auto labels = read_labels(*read("x,y\n1,a\n2,b\n"), Task::kAuto);
  const auto test = read_labels_like(*read("x,y\n1,a\n2,c\n"), *labels);
  ASSERT_FALSE(test.ok());
  EXPECT_THAT(test.error().message(), HasSubstr("has the class 'c'"));
}

}  // namespace
}  // namespace wattle::training
