#include "forecast.h"

#include <algorithm>

#include "schedule.h"
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

constexpr Seconds kLongest{2.0};
constexpr std::int64_t kShare = 20;  // at most one step in twenty is tried

/// Cost of the whole relative to the measured steps: an early stop may leave most of them out, a
/// busy machine may slow them down. With early stopping the likely training is a part of the most.
struct Range {
  double low;
  double likely;
  double high;
};
constexpr Range kWithEarlyStop{0.15, 0.6, 1.5};
constexpr Range kAllEpochs{0.8, 1.0, 1.5};

nlohmann::ordered_json figure(Seconds prepared, Seconds rest, const Range& range) {
  return {{"value", (prepared + rest * range.likely).value()},
          {"low", (prepared + rest * range.low).value()},
          {"high", (prepared + rest * range.high).value()}};
}

class Stopwatch {
 public:
  explicit Stopwatch(const training::Surroundings& around)
      : around_(around), wall_(around.clock.boot_now()), cpu_(around.cpu_time()) {}
  Effort elapsed() const { return {around_.clock.boot_now() - wall_, around_.cpu_time() - cpu_}; }

 private:
  const training::Surroundings& around_;
  BootTime wall_;
  Seconds cpu_;
};

}  // namespace

Result<std::string> forecast(const Plan& plan, const training::Surroundings& surroundings,
                             const Effort& prepared, int threads, Learner& learner) {
  const LearnOptions& options = plan.options.learn;
  const std::int64_t epoch_steps = plan.epoch_steps();
  const std::int64_t steps = options.epochs * epoch_steps;
  const std::int64_t most = std::min(steps, std::max<std::int64_t>(2, steps / kShare));
  const auto order = epoch_order(plan.train_rows, plan.options.data.seed, 0);
  const Stopwatch all_steps(surroundings);
  // The first step also allocates and chooses kernels: it belongs to the preparation.
  Effort first{};
  Effort all{};
  std::int64_t done = 0;
  while (done < most && (done < 2 || all.wall < kLongest)) {
    WATTLE_RETURN_IF_ERROR(learner.step(batch_of(order, done, epoch_steps),
                                        learning_rate_at(options, done, epoch_steps),
                                        step_seed(plan.options.data.seed, done)));
    all = all_steps.elapsed();
    first = done == 0 ? all : first;
    ++done;
  }
  WATTLE_ASSIGN_OR_RETURN([[maybe_unused]] const double loss, learner.take_training_loss());
  const Stopwatch one_validation(surroundings);
  if (plan.has_validation) {
    WATTLE_ASSIGN_OR_RETURN([[maybe_unused]] const Score score, learner.validate());
  }
  const Effort validation = one_validation.elapsed();
  const double factor =
      static_cast<double>(steps - 1) / static_cast<double>(std::max<std::int64_t>(done - 1, 1));
  const auto epochs = static_cast<double>(options.epochs);
  const Range range =
      plan.has_validation && options.early_stopping > 0 ? kWithEarlyStop : kAllEpochs;
  const nlohmann::ordered_json json{
      {"cpu_seconds", figure(prepared.cpu + first.cpu,
                             (all.cpu - first.cpu) * factor + validation.cpu * epochs, range)},
      {"seconds", figure(prepared.wall + first.wall,
                         (all.wall - first.wall) * factor + validation.wall * epochs, range)},
      {"threads", threads},
      {"basis", concat(done, " of ", steps, " steps measured")}};
  return json.dump();
}

}  // namespace wattle::networks
