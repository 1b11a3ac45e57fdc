#include "boosting.h"

#include <algorithm>
#include <numeric>

#include "wattle/base/bytes.h"
#include "wattle/base/text.h"
#include "wattle/training/format.h"

namespace wattle::trainer {
namespace {

using training::shortest;

/// Below this many cells per thread, a second thread costs more time and energy than it saves:
/// docs/guides/trees.md shows the measurement.
constexpr std::size_t kCellsPerThread = 500'000;

/// The mean of the training labels: a regression that starts there needs fewer trees.
float mean_label(const std::vector<float>& labels) {
  const double sum = std::accumulate(labels.begin(), labels.end(), 0.0);
  return static_cast<float>(sum / static_cast<double>(labels.size()));
}

void add_objective(const training::PreparedData& data, BoosterSettings& settings) {
  if (data.task == training::Task::kRegression) {
    settings.emplace_back("objective", "reg:squarederror");
    settings.emplace_back("eval_metric", "rmse");
    settings.emplace_back("base_score", shortest(mean_label(data.train.labels)));
  } else if (data.is_binary()) {
    settings.emplace_back("objective", "binary:logistic");
    settings.emplace_back("eval_metric", "logloss");
  } else {
    settings.emplace_back("objective", "multi:softprob");
    settings.emplace_back("eval_metric", "mlogloss");
    settings.emplace_back("num_class", std::to_string(data.classes.size()));
  }
}

}  // namespace

int best_rounds(const std::vector<Losses>& history, bool has_validation) {
  if (!has_validation) {
    return static_cast<int>(history.size());
  }
  const auto best = std::ranges::min_element(history, {}, &Losses::validation);
  return static_cast<int>(best - history.begin()) + 1;
}

bool is_past_best(const std::vector<Losses>& history, std::int64_t patience) {
  return patience > 0 && !history.empty() &&
         static_cast<std::int64_t>(history.size()) - best_rounds(history, true) >= patience;
}

int useful_threads(const BoostOptions& options, std::int64_t granted_cores, std::size_t cells) {
  if (options.threads > 0) {
    return static_cast<int>(options.threads);
  }
  const auto busy = static_cast<std::int64_t>(cells / kCellsPerThread);
  return static_cast<int>(
      std::clamp<std::int64_t>(busy, 1, std::max<std::int64_t>(granted_cores, 1)));
}

BoosterSettings booster_settings(const TreesOptions& options, const training::PreparedData& data,
                                 int threads) {
  const BoostOptions& boost = options.boost;
  BoosterSettings settings{
      {"booster", "gbtree"},
      {"tree_method", "hist"},
      {"learning_rate", shortest(boost.learning_rate)},
      {"max_depth", std::to_string(boost.max_depth)},
      {"subsample", shortest(boost.subsample)},
      {"colsample_bytree", shortest(boost.column_sample)},
      {"min_child_weight", shortest(boost.min_child_weight)},
      {"lambda", shortest(boost.lambda)},
      {"seed", std::to_string(options.data.seed)},
      {"seed_per_iteration", "true"},
      {"nthread", std::to_string(threads)},
      {"verbosity", "0"},
  };
  add_objective(data, settings);
  return settings;
}

std::string fingerprint(const TreesOptions& options, const training::PreparedData& data) {
  std::string lines;
  const auto add = [&lines](std::string_view name, std::string_view value) {
    lines += concat(name, "=", value, "\n");
  };
  add("data", data.sha256);
  add("test_data", data.test_sha256);
  add("target", options.data.target);
  add("ignored", join(options.data.ignored, ","));
  add("categorical", join(options.data.categorical, ","));
  add("test_fraction", shortest(options.data.test_fraction));
  add("validation_fraction", shortest(options.data.validation_fraction));
  add("rounds", std::to_string(options.boost.rounds));
  add("early_stopping", std::to_string(options.boost.early_stopping));
  add("xgboost", xgboost_version());
  for (const auto& [name, value] : booster_settings(options, data, 0)) {
    if (name != "nthread" && name != "verbosity") {
      add(name, value);
    }
  }
  return lines;
}

std::string encode_state(const std::vector<Losses>& history, std::string_view booster) {
  ByteWriter writer;
  writer.varint(history.size());
  for (const auto& losses : history) {
    writer.f64(losses.train);
    writer.f64(losses.validation);
  }
  writer.text(booster);
  return writer.bytes();
}

Result<SavedState> decode_state(std::string_view bytes) {
  ByteReader reader(bytes);
  SavedState state;
  const std::uint64_t rounds = reader.varint();
  for (std::uint64_t i = 0; i < rounds && reader.ok(); ++i) {
    const double train = reader.f64();
    state.history.push_back({train, reader.f64()});
  }
  state.booster = reader.text();
  if (!reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kParse, "the checkpoint's trees cannot be read");
  }
  return state;
}

Result<Datasets> Datasets::create(const training::PreparedData& data, int threads) {
  WATTLE_ASSIGN_OR_RETURN(Dataset train,
                          Dataset::create(data.train.features, data.train.labels, threads));
  Datasets datasets{std::move(train), std::nullopt};
  if (data.has_validation()) {
    WATTLE_ASSIGN_OR_RETURN(datasets.validation, Dataset::create(data.validation.features,
                                                                 data.validation.labels, threads));
  }
  return datasets;
}

Result<std::optional<int>> boost(const TreesOptions& options, bool has_validation,
                                 const RoundHooks& hooks, Progress& progress) {
  const std::int64_t patience = has_validation ? options.boost.early_stopping : 0;
  while (static_cast<std::int64_t>(progress.history.size()) < options.boost.rounds &&
         !is_past_best(progress.history, patience)) {
    const int round = static_cast<int>(progress.history.size());
    WATTLE_RETURN_IF_ERROR(progress.booster.boost(round));
    WATTLE_ASSIGN_OR_RETURN(const Losses losses, progress.booster.losses(round));
    progress.history.push_back(losses);
    WATTLE_RETURN_IF_ERROR(hooks.after_round(round, losses));
    const auto due = hooks.due();
    const bool is_time = (round + 1) % options.checkpoint_every == 0;
    if (hooks.checkpoint && (due.end || due.is_requested || is_time)) {
      WATTLE_RETURN_IF_ERROR(hooks.checkpoint(progress));
    }
    if (due.end) {
      return due.end;
    }
  }
  return std::optional<int>();
}

}  // namespace wattle::trainer
