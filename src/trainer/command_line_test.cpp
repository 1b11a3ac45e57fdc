#include "command_line.h"

#include <map>

#include "boosting.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wattle::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

training::Environment environment(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string failure(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "trees");
  const auto line = parse_command_line(std::move(arguments), {});
  return line.ok() ? "no failure" : line.error().message();
}

TEST(CommandLine, ReadsFlagsOverTheEnvironmentOverDefaults) {
  TreesOptions options;
  ASSERT_TRUE(apply_environment(environment({{"SM_HP_ROUNDS", "50"},
                                             {"WATTLE_PARAM_ROUNDS", "60"},
                                             {"SM_HP_max_depth", "4"},
                                             {"WATTLE_PARAM_LEARNING_RATE", "0.3"},
                                             {"SM_HP_IGNORE", "id, name"},
                                             {"SM_CHANNEL_TRAINING", "/in"},
                                             {"SM_NUM_CPUS", "8"},
                                             {"WATTLE_CPUS", "2.5"},
                                             {"SM_MODEL_DIR", "/opt/ml/model"},
                                             {"WATTLE_METRICS_FILE", "/m"}}),
                                options)
                  .ok());
  const auto line = parse_command_line(
      {"trees", "--target", "y", "--learning-rate=0.5", "--ignore", "z"}, options);
  ASSERT_TRUE(line.ok()) << line.error().message();
  const TreesOptions& trees = line->trees;
  EXPECT_EQ(trees.boost.rounds, 60);
  EXPECT_EQ(trees.boost.max_depth, 4);
  EXPECT_EQ(trees.boost.learning_rate, 0.5);
  EXPECT_EQ(trees.boost.subsample, 0.8);
  EXPECT_EQ(trees.granted_cores, 2);
  EXPECT_EQ(trees.data.path, "/in");
  EXPECT_THAT(trees.data.ignored, ElementsAre("z"));
  EXPECT_EQ(trees.output.model, "/opt/ml/model/model.ubj");
  EXPECT_TRUE(trees.output.metrics_are_shared);
}

TEST(CommandLine, NamesTheVariableOfABadValue) {
  TreesOptions options;
  const auto applied = apply_environment(environment({{"SM_HP_ROUNDS", "many"}}), options);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().message(),
            "SM_HP_ROUNDS: 'many' is no whole number; it takes 1 to 1000000");
}

TEST(CommandLine, RefusesWithTheRangeOrTheNearestFlag) {
  EXPECT_THAT(failure({"--data", "a", "--target", "y", "--rounds", "0"}),
              "--rounds: '0' is out of range; it takes 1 to 1000000");
  EXPECT_THAT(failure({"--data", "a", "--target", "y", "--subsample", "0"}),
              "--subsample: '0' is out of range; it takes above 0, at most 1");
  EXPECT_THAT(failure({"--data", "a", "--target", "y", "--lambda", "x"}),
              HasSubstr("--lambda: 'x' is no number"));
  EXPECT_THAT(
      failure({"--data", "a", "--target", "y", "--task", "cluster"}),
      HasSubstr("--task: 'cluster' is not known; it takes auto, classification, regression"));
  EXPECT_THAT(failure({"--data", "a", "--tagret", "y"}), HasSubstr("did you mean '--target'?"));
  EXPECT_THAT(failure({"--target", "y"}), HasSubstr("--data is missing"));
  EXPECT_THAT(failure({"--data", "a"}), HasSubstr("--target is missing"));
  EXPECT_THAT(failure({"--data"}), HasSubstr("--data"));
  EXPECT_THAT(failure({"--data", "a", "--target", "y", "--ignore", "y"}),
              HasSubstr("the target cannot be left out"));
  EXPECT_THAT(failure({"--data", "a", "--target", "y", "--test-fraction", "0.6",
                       "--validation-fraction", "0.4"}),
              HasSubstr("leave less than 5 %"));
}

TEST(CommandLine, ExplainsEveryFlagInItsHelp) {
  const auto line = parse_command_line({"trees", "--help"}, {});
  ASSERT_TRUE(line.ok() && line->text);
  TreesOptions options;
  for (const auto& setting : settings_of(options)) {
    EXPECT_THAT(*line->text, HasSubstr("--" + std::string(setting.flag)));
  }
}

TEST(EarlyStopping, KeepsTheFirstBestRound) {
  const std::vector<Losses> history{{1, 0.9}, {0.8, 0.5}, {0.6, 0.5}, {0.5, 0.7}};
  EXPECT_EQ(best_rounds(history, true), 2);
  EXPECT_EQ(best_rounds(history, false), 4);
  EXPECT_FALSE(is_past_best(history, 3));
  EXPECT_TRUE(is_past_best(history, 2));
  EXPECT_FALSE(is_past_best(history, 0));
  EXPECT_FALSE(is_past_best({}, 1));
}

TEST(Threads, AreAsManyAsPay) {
  BoostOptions options;
  EXPECT_EQ(useful_threads(options, 8, 1'000), 1);
  EXPECT_EQ(useful_threads(options, 8, 2'000'000), 4);
  EXPECT_EQ(useful_threads(options, 8, 2'000'000'000), 8);
  options.threads = 3;
  EXPECT_EQ(useful_threads(options, 8, 1'000), 3);
}

}  // namespace
}  // namespace wattle::trainer
