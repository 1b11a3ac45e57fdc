#include "report.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/training/report.h"

namespace wattle::trainer {
namespace {

using Json = nlohmann::ordered_json;
using training::columns_of;
using training::dump;
using training::rows_of;
using training::test_metrics;

Json best_losses(const Finished& finished) {
  const Losses& best = finished.history[static_cast<std::size_t>(finished.best_rounds) - 1];
  Json losses{{"train_loss", best.train}};
  if (finished.data.has_validation()) {
    losses["validation_loss"] = best.validation;
  }
  return losses;
}

Json rounds_of(const Finished& finished) {
  return {{"best", finished.best_rounds},
          {"run", finished.history.size()},
          {"most", finished.options.boost.rounds}};
}

Json parameters_of(const Finished& finished) {
  Json parameters = Json::object();
  for (const auto& [name, value] :
       booster_settings(finished.options, finished.data, finished.threads)) {
    if (name != "verbosity" && name != "nthread") {
      parameters[name] = value;
    }
  }
  return parameters;
}

}  // namespace

std::string round_line(const Losses& losses, int round, std::int64_t rounds, bool has_validation) {
  Json line{{"step", round + 1},
            {"progress", static_cast<double>(round + 1) / static_cast<double>(rounds)},
            {"train_loss", losses.train}};
  if (has_validation) {
    line["validation_loss"] = losses.validation;
  }
  return dump(line);
}

std::string final_line(const Finished& finished) {
  Json line{{"step", finished.history.size()}, {"progress", 1.0}};
  line.update(test_metrics({finished.data, finished.test_predictions}));
  line["best_round"] = finished.best_rounds;
  return dump(line);
}

std::string summary(const Finished& finished) {
  Json json{{"task", to_string(finished.data.task)}, {"target", finished.options.data.target}};
  json.update(test_metrics({finished.data, finished.test_predictions}));
  json.update(best_losses(finished));
  json["rounds"] = rounds_of(finished);
  json["rows"] = rows_of(finished.data);
  json["features"] = finished.data.encoding.width();
  json["threads"] = finished.threads;
  json["resumed_from_round"] = finished.resumed_from;
  json["model"] = finished.options.output.model;
  json["model_sha256"] = finished.model_sha256;
  return dump(json);
}

std::string describe_model(const Finished& finished) {
  const training::PreparedData& data = finished.data;
  Json json{{"format", "wattle-trees"},
            {"version", 1},
            {"library", "xgboost " + xgboost_version()},
            {"model", std::filesystem::path(finished.options.output.model).filename().string()},
            {"model_sha256", finished.model_sha256},
            {"task", to_string(data.task)},
            {"target", finished.options.data.target},
            {"classes", data.classes},
            {"columns", columns_of(data.encoding)},
            {"feature_names", data.encoding.feature_names()},
            {"missing", training::kMissingWords},
            {"parameters", parameters_of(finished)},
            {"rounds", rounds_of(finished)},
            {"rows", rows_of(data)},
            {"data_sha256", data.sha256},
            {"metrics", test_metrics({finished.data, finished.test_predictions})}};
  return dump(json, 2) + "\n";
}

std::vector<float> spread_binary(const training::PreparedData& data,
                                 std::vector<float> predictions) {
  if (!data.is_binary()) {
    return predictions;
  }
  std::vector<float> both;
  both.reserve(2 * predictions.size());
  for (const float probability : predictions) {
    both.push_back(1 - probability);
    both.push_back(probability);
  }
  return both;
}

}  // namespace wattle::trainer
