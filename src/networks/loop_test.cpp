#include "loop.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wattle/base/bytes.h"

namespace wattle::networks {
namespace {

/// Learns nothing, but remembers everything that it was told, in one number: two trainings end with
/// the same number only when they took the same steps with the same rates and seeds.
class RecordingLearner final : public Learner {
 public:
  Status step(std::span<const std::uint32_t> rows, double learning_rate,
              std::uint64_t seed) override {
    for (const auto row : rows) {
      told_ = std::fmod(told_ * 3 + row, 1e9);
    }
    told_ = std::fmod(told_ + learning_rate * 1e6 + static_cast<double>(seed % 1'000), 1e9);
    loss_ += told_;
    return {};
  }
  Result<double> take_training_loss() override { return std::exchange(loss_, 0.0); }
  Result<Score> validate() override { return Score{next_loss(), told_}; }
  Result<Weights> weights() const override {
    return Weights{{"told", {1}, {static_cast<float>(told_)}}};
  }
  Result<std::string> state() const override {
    ByteWriter writer;
    writer.f64(told_);
    writer.f64(loss_);
    writer.i64(epochs_);
    return writer.bytes();
  }
  Status restore(std::string_view state) override {
    ByteReader reader(state);
    told_ = reader.f64();
    loss_ = reader.f64();
    epochs_ = reader.i64();
    return {};
  }

  std::vector<double> losses{0.9, 0.7, 0.5, 0.6, 0.8, 0.4};

 private:
  double next_loss() {
    return losses[std::min(static_cast<std::size_t>(epochs_++), losses.size() - 1)];
  }
  double told_ = 1;
  double loss_ = 0;
  std::int64_t epochs_ = 0;
};

NetworkOptions options() {
  NetworkOptions options;
  options.learn.epochs = 6;
  options.learn.batch = 4;
  options.learn.early_stopping = 0;
  return options;
}

/// A training that a signal ends after some steps, or none.
struct Outcome {
  std::optional<int> signal;
  Progress progress;
  std::string state;
  std::size_t lines = 0;
};

Outcome run(const NetworkOptions& options, Learner& learner, Progress progress,
            std::int64_t signal_at) {
  Outcome outcome;
  Hooks hooks;
  hooks.after_epoch = [&](const std::vector<Epoch>&) {
    ++outcome.lines;
    return Status();
  };
  std::int64_t steps = progress.step;
  hooks.due = [&] {
    ++steps;
    return training::Keeper::Due{false, steps == signal_at ? std::optional(15) : std::nullopt};
  };
  hooks.is_time_to_save = [](std::int64_t) { return false; };
  hooks.save = [&](const Progress& at) {
    outcome.state = encode({at, "here", *learner.state()});
    return Status();
  };
  const auto signal = learn({options, 22, true}, hooks, learner, progress);
  EXPECT_TRUE(signal.ok());
  outcome.signal = *signal;
  outcome.progress = std::move(progress);
  return outcome;
}

TEST(Loop, GoesOnFromAnyStepAsIfNothingHadHappened) {
  RecordingLearner whole;
  const Outcome uninterrupted = run(options(), whole, {}, -1);
  ASSERT_EQ(uninterrupted.progress.step, 30);
  for (std::int64_t cut = 1; cut < 30; ++cut) {
    RecordingLearner before;
    const Outcome first = run(options(), before, {}, cut);
    ASSERT_EQ(first.signal, 15);
    auto saved = decode(first.state);
    ASSERT_TRUE(saved.ok());
    RecordingLearner after;
    ASSERT_TRUE(after.restore(saved->learner).ok());
    const Outcome second = run(options(), after, std::move(saved->progress), -1);
    EXPECT_EQ(second.progress, uninterrupted.progress) << "cut after step " << cut;
    EXPECT_EQ(*after.state(), *whole.state()) << "cut after step " << cut;
    EXPECT_EQ(first.lines + second.lines, 6U);
  }
}

TEST(Loop, KeepsTheWeightsOfTheFirstBestEpoch) {
  auto patient = options();
  patient.learn.early_stopping = 2;
  RecordingLearner learner;
  const Outcome outcome = run(patient, learner, {}, -1);
  EXPECT_EQ(outcome.progress.history.size(), 5U);  // 0.5 was best; 0.6 and 0.8 were not
  EXPECT_EQ(best_epoch(outcome.progress.history, true), 3U);
  RecordingLearner three_epochs;
  auto shorter = options();
  shorter.learn.epochs = 3;
  shorter.learn.schedule = Schedule::kConstant;
  patient.learn.schedule = Schedule::kConstant;
  RecordingLearner again;
  EXPECT_EQ(run(shorter, three_epochs, {}, -1).progress.best,
            run(patient, again, {}, -1).progress.best);
}

TEST(Loop, EndsWithTheReasonWhenTheLossIsNoNumber) {
  RecordingLearner learner;
  learner.losses = {0.9, std::nan("")};
  Hooks hooks;
  hooks.after_epoch = [](const std::vector<Epoch>&) { return Status(); };
  hooks.due = [] { return training::Keeper::Due{}; };
  Progress progress;
  const auto numbers = options();
  const auto result = learn({numbers, 22, true}, hooks, learner, progress);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), ::testing::HasSubstr("no number any more in epoch 2"));
}

TEST(Loop, RefusesAStateThatIsCutAnywhere) {
  const std::string whole = encode({{5, {{1, 2, 3, 4}}, "best"}, "here", "learner"});
  ASSERT_TRUE(decode(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode(whole.substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace wattle::networks
