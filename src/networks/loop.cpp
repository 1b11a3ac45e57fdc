#include "loop.h"

#include <algorithm>
#include <cmath>

#include "schedule.h"

#include "wattle/base/bytes.h"
#include "wattle/base/text.h"

namespace wattle::networks {
namespace {

Status finish_epoch(const Plan& plan, const Hooks& hooks, Learner& learner, Progress& progress) {
  const LearnOptions& options = plan.options.learn;
  Epoch epoch;
  epoch.learning_rate = learning_rate_at(options, progress.step - 1, plan.epoch_steps());
  WATTLE_ASSIGN_OR_RETURN(epoch.train_loss, learner.take_training_loss());
  if (plan.has_validation) {
    WATTLE_ASSIGN_OR_RETURN(const Score score, learner.validate());
    epoch.validation_loss = score.loss;
    epoch.validation_accuracy = score.accuracy;
  }
  if (!std::isfinite(epoch.train_loss) || !std::isfinite(epoch.validation_loss)) {
    return Error(ErrorCode::kInternal,
                 concat("the loss is no number any more in epoch ", progress.history.size() + 1,
                        "; try a smaller --learning-rate, or --clip 1"));
  }
  progress.history.push_back(epoch);
  if (plan.has_validation && best_epoch(progress.history, true) == progress.history.size()) {
    WATTLE_ASSIGN_OR_RETURN(const Weights weights, learner.weights());
    progress.best = encode_weights(weights);
  }
  return hooks.after_epoch(progress.history);
}

/// The rows of the epoch at hand, drawn again only when another one begins.
class Order {
 public:
  Order(std::size_t rows, std::int64_t seed) : rows_(rows), seed_(seed) {}
  const std::vector<std::uint32_t>& of(std::int64_t epoch) {
    if (epoch != epoch_) {
      order_ = epoch_order(rows_, seed_, epoch);
      epoch_ = epoch;
    }
    return order_;
  }

 private:
  std::size_t rows_;
  std::int64_t seed_;
  std::int64_t epoch_ = -1;
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::size_t best_epoch(const std::vector<Epoch>& history, bool has_validation) {
  if (!has_validation) {
    return history.size();
  }
  const auto best = std::ranges::min_element(history, {}, &Epoch::validation_loss);
  return static_cast<std::size_t>(best - history.begin()) + 1;
}

bool is_past_best(const std::vector<Epoch>& history, std::int64_t patience) {
  return patience > 0 && !history.empty() &&
         static_cast<std::int64_t>(history.size() - best_epoch(history, true)) >= patience;
}

std::string encode(const SavedTraining& saved) {
  ByteWriter writer;
  writer.text(saved.arithmetic);
  writer.i64(saved.progress.step);
  writer.varint(saved.progress.history.size());
  for (const auto& epoch : saved.progress.history) {
    writer.f64(epoch.train_loss);
    writer.f64(epoch.validation_loss);
    writer.f64(epoch.validation_accuracy);
    writer.f64(epoch.learning_rate);
  }
  writer.text(saved.progress.best);
  writer.text(saved.learner);
  return writer.bytes();
}

Result<SavedTraining> decode(std::string_view bytes) {
  ByteReader reader(bytes);
  SavedTraining saved;
  saved.arithmetic = reader.text();
  saved.progress.step = reader.i64();
  const std::uint64_t epochs = reader.varint();
  for (std::uint64_t i = 0; i < epochs && reader.ok(); ++i) {
    Epoch epoch;
    epoch.train_loss = reader.f64();
    epoch.validation_loss = reader.f64();
    epoch.validation_accuracy = reader.f64();
    epoch.learning_rate = reader.f64();
    saved.progress.history.push_back(epoch);
  }
  saved.progress.best = reader.text();
  saved.learner = reader.text();
  if (!reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kParse, "the state in the checkpoint cannot be read");
  }
  return saved;
}

std::int64_t Plan::epoch_steps() const {
  return steps_per_epoch(train_rows, options.learn.batch);
}

Result<std::optional<int>> learn(const Plan& plan, const Hooks& hooks, Learner& learner,
                                 Progress& progress) {
  const NetworkOptions& options = plan.options;
  const std::int64_t epoch_steps = plan.epoch_steps();
  const std::int64_t patience = plan.has_validation ? options.learn.early_stopping : 0;
  Order order(plan.train_rows, options.data.seed);
  while (progress.step < options.learn.epochs * epoch_steps &&
         !is_past_best(progress.history, patience)) {
    const std::int64_t step = progress.step;
    WATTLE_RETURN_IF_ERROR(learner.step(batch_of(order.of(step / epoch_steps), step, epoch_steps),
                                        learning_rate_at(options.learn, step, epoch_steps),
                                        step_seed(options.data.seed, step)));
    ++progress.step;
    if (progress.step % epoch_steps == 0) {
      WATTLE_RETURN_IF_ERROR(finish_epoch(plan, hooks, learner, progress));
    }
    const auto due = hooks.due();
    if (hooks.save && (due.end || due.is_requested || hooks.is_time_to_save(progress.step))) {
      WATTLE_RETURN_IF_ERROR(hooks.save(progress));
    }
    if (due.end) {
      return due.end;
    }
  }
  return std::optional<int>();
}

}  // namespace wattle::networks
