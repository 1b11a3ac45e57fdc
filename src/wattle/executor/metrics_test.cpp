#include "wattle/executor/metrics.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/limits.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string record(std::string_view text, char tag = 'F') {
  return "2026-11-23T18:17:26.123456789Z stdout " + std::string(1, tag) + " " + std::string(text) +
         "\n";
}

MetricsSummary collect(const support::TemporaryFolder& folder,
                       const std::vector<MetricPattern>& patterns = {},
                       const std::optional<std::string>& file = std::nullopt) {
  const auto summary = collect_metrics(folder.path(), file, patterns);
  EXPECT_TRUE(summary.ok());
  return *summary;
}

TEST(Metrics, AreTheLastNumbersOfTheFile) {
  const support::TemporaryFolder folder;
  folder.write("metrics.jsonl",
               "{\"loss\": 0.9, \"step\": 1, \"epoch\": 1, \"time\": 3.5, \"progress\": 0.1}\n"
               "\n"
               "{\"loss\": 0.5, \"step\": 2, \"text\": \"no\", \"flag\": true}\n"
               "{\"name\": \"accuracy\", \"value\": 0.75, \"step\": 2}\n"
               "{\"f1\": 1}");
  const auto summary = collect(folder);
  EXPECT_THAT(summary.last, ElementsAre(Pair("accuracy", 0.75), Pair("f1", 1), Pair("loss", 0.5)));
  EXPECT_TRUE(summary.notes.empty());
}

TEST(Metrics, MayBeNoNumbers) {
  const support::TemporaryFolder folder;
  folder.write("metrics.jsonl",
               "{\"a\": NaN, \"b\": -Infinity, \"c\": \"Infinity\", \"NaN x\": 1}\n"
               "{\"name\": \"d\", \"value\": \"nan\"}\n{\"e\": \"say \\\"NaN\\\" NaN\"}\n");
  const auto summary = collect(folder);
  EXPECT_TRUE(std::isnan(summary.last.at("a")));
  EXPECT_EQ(summary.last.at("b"), -INFINITY);
  EXPECT_EQ(summary.last.at("c"), INFINITY);
  EXPECT_TRUE(std::isnan(summary.last.at("d")));
  EXPECT_EQ(summary.last.at("NaN x"), 1);
  EXPECT_EQ(summary.last.count("e"), 0U);
  EXPECT_TRUE(summary.notes.empty());
}

TEST(Metrics, CountsLinesThatAreNone) {
  const support::TemporaryFolder folder;
  folder.write("metrics.jsonl", "{\"a\": 1}\nnonsense\n[1]\n{\"name\":\"b\",\"value\":{}}\n" +
                                    std::string(200'000, ' ') + "\n{\"a\": 2}\n{\"a\": 3");
  const auto summary = collect(folder);
  EXPECT_THAT(summary.last, ElementsAre(Pair("a", 2)));
  EXPECT_THAT(summary.notes, ElementsAre(HasSubstr(": 5 lines are no metrics")));
}

TEST(Metrics, AreFoundInTheOutput) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("epoch 1 loss=0.9 acc=50%") + record("epoch 2 loss=0.", 'P') +
                                 record("25 acc=") + record("loss=inf loss=1e-3"));
  const auto summary = collect(folder, {{"loss", "loss=(\\S+)"}, {"accuracy", "acc=([0-9.]+)%"}});
  EXPECT_THAT(summary.last, ElementsAre(Pair("accuracy", 50), Pair("loss", 1e-3)));
}

TEST(Metrics, JoinsThePiecesOfALine) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("loss=0.", 'P') + record("25"));
  EXPECT_THAT(collect(folder, {{"loss", "loss=([0-9.]+)"}}).last, ElementsAre(Pair("loss", 0.25)));
}

TEST(Metrics, FilesWinOverPatterns) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("loss=1 a=1 b=1"));
  folder.write("metrics.jsonl", "{\"a\": 2, \"b\": 2}\n");
  const auto file = folder.write("mine/out.jsonl", "{\"b\": 3}\n");
  const auto summary =
      collect(folder, {{"loss", "loss=(\\d)"}, {"a", "a=(\\d)"}, {"b", "b=(\\d)"}}, file);
  EXPECT_THAT(summary.last, ElementsAre(Pair("a", 2), Pair("b", 3), Pair("loss", 1)));
}

TEST(Metrics, NotesWhatCannotBeUsed) {
  const support::TemporaryFolder folder;
  folder.write("output.log", record("loss=high x="));
  const auto summary = collect(
      folder,
      {{"behind", "(?<=a)(b)"}, {"groupless", "loss"}, {"loss", "loss=(\\S+)"}, {"empty", "(x*)"}},
      folder / "absent.jsonl");
  EXPECT_TRUE(summary.last.empty());
  EXPECT_THAT(
      summary.notes,
      ElementsAre(HasSubstr("'behind' cannot be used here"), HasSubstr("'groupless' has no group"),
                  HasSubstr("'loss' found 1 texts that are no numbers"), HasSubstr("'empty' found"),
                  HasSubstr("absent.jsonl is not there")));
}

TEST(Metrics, KeepsABoundedNumberOfNames) {
  const support::TemporaryFolder folder;
  std::string lines;
  for (std::size_t i = 0; i < limits::kMetricNames + 5; ++i) {
    lines += "{\"m" + std::to_string(i) + "\": 1}\n";
  }
  folder.write("metrics.jsonl", lines + "{\"m0\": 7}\n");
  const auto summary = collect(folder);
  EXPECT_EQ(summary.last.size(), limits::kMetricNames);
  EXPECT_EQ(summary.last.at("m0"), 7);
  EXPECT_THAT(summary.notes, ElementsAre(HasSubstr("5 points of others")));
}

TEST(Metrics, AreNoneWhereThereIsNothing) {
  const support::TemporaryFolder folder;
  const auto summary = collect(folder, {{"loss", "loss=(\\d)"}});
  EXPECT_TRUE(summary.last.empty());
  EXPECT_TRUE(summary.notes.empty());
}

}  // namespace
}  // namespace wattle::executor
