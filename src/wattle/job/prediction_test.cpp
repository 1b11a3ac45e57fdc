#include "wattle/job/prediction.h"

#include <gtest/gtest.h>

namespace wattle::job {
namespace {

messages::Receipt past(double seconds, double energy) {
  messages::Receipt receipt;
  receipt.time.wall_seconds = seconds;
  if (energy > 0) {
    receipt.energy.joules = messages::Figure(energy, energy, energy, Quality::kCounter);
  }
  return receipt;
}

spec::JobSpec running(std::string text) {
  spec::JobSpec job;
  job.run = std::move(text);
  return job;
}

TEST(PredictFromHistory, TakesTheMedianAndTheSpread) {
  const auto facts = predict_from_history(
      std::vector{past(10, 100), past(12, 120), past(11, 110), past(30, 300), past(9, 90)});
  ASSERT_TRUE(facts.has_value());
  EXPECT_DOUBLE_EQ(facts->seconds.value, 11);
  EXPECT_LE(facts->seconds.low, 9.4);
  EXPECT_GE(facts->seconds.high, 22.8);
  EXPECT_DOUBLE_EQ(facts->joules->value, 110);
  EXPECT_EQ(facts->seconds.quality, Quality::kModelled);
  EXPECT_EQ(facts->basis, "median of the last 5 runs of this job");
}

TEST(PredictFromHistory, OneRunIsGivenRoom) {
  const auto facts = predict_from_history(std::vector{past(8, 0)});
  EXPECT_DOUBLE_EQ(facts->seconds.low, 6);
  EXPECT_DOUBLE_EQ(facts->seconds.high, 10);
  EXPECT_FALSE(facts->joules.has_value());
}

TEST(PredictFromHistory, WithoutAPastThereIsNone) {
  EXPECT_FALSE(predict_from_history(std::vector<messages::Receipt>()).has_value());
}

TEST(EstimateCommand, AsksOnlyAProgramThatKnowsAndAPlainCommand) {
  EXPECT_EQ(
      estimate_command(running("wattle-train trees --data d.csv")),
      (std::vector<std::string>{"/bin/sh", "-c", "wattle-train trees --data d.csv --estimate"}));
  EXPECT_FALSE(estimate_command(running("python train.py")));
  EXPECT_FALSE(estimate_command(running("wattle-train trees --data d.csv | tee log")));
  EXPECT_FALSE(estimate_command(running("wattle-train trees && rm -rf x")));
  spec::JobSpec words;
  words.run = std::vector<std::string>{"/opt/bin/wattle-train", "trees"};
  EXPECT_EQ(estimate_command(words)->back(), "--estimate");
}

TEST(ProgramEstimate, IsReadOrRefused) {
  const auto estimate =
      parse_program_estimate(R"({"cpu_seconds":{"value":4,"low":2,"high":6},)"
                             R"("seconds":{"value":2,"low":1,"high":4},"basis":"2 of 9 rounds"})");
  ASSERT_TRUE(estimate.ok());
  EXPECT_DOUBLE_EQ(estimate->wall_seconds.low, 1);
  EXPECT_DOUBLE_EQ(estimate->wall_seconds.high, 4);
  for (const char* text : {"", "{}", "[1]", R"({"seconds":{"value":"x"}})"}) {
    EXPECT_EQ(parse_program_estimate(text).error().code(), ErrorCode::kParse) << text;
  }
}

TEST(PredictFromEstimate, ChargesOnlyWhatABusyCpuAddsToTheIdleHost) {
  const auto model = energy::CpuPowerModel::prior(
      {.model_name = "unknown", .logical_cpus = 4, .physical_cores = 4});
  const ProgramEstimate estimate{.wall_seconds = {10, 8, 20, Quality::kModelled},
                                 .cpu_seconds = {20, 16, 40, Quality::kModelled},
                                 .basis = "b"};
  const auto facts = predict_from_estimate(estimate, model, 4);
  const double added = (model.power(0.5).value() - model.idle().value()).value();
  EXPECT_NEAR(facts.joules->value, added * 10, 1e-9);
  EXPECT_LT(facts.joules->low, facts.joules->value);
  EXPECT_GT(facts.joules->high - facts.joules->value, added * 10);
  EXPECT_EQ(facts.joules->quality, Quality::kModelled);
}

}  // namespace
}  // namespace wattle::job
