#include "report.h"

#include <algorithm>
#include <filesystem>

#include "format.h"
#include "metrics.h"
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::trainer {
namespace {

using Json = nlohmann::ordered_json;

/// File names and column names are bytes; JSON wants UTF-8.
std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string_view task_name(Task task) {
  return task == Task::kRegression ? "regression" : "classification";
}

Json test_metrics(const Finished& finished) {
  const Part& test = finished.data.test;
  Json metrics = Json::object();
  if (test.labels.empty()) {
    return metrics;
  }
  if (finished.data.task == Task::kRegression) {
    const auto values = regression_metrics(finished.test_predictions, test.labels);
    metrics["test_rmse"] = values.rmse;
    metrics["test_mae"] = values.mae;
    metrics["test_r2"] = values.r2;
    return metrics;
  }
  const auto values =
      classification_metrics(finished.test_predictions, finished.data.classes.size(), test.labels);
  metrics["test_accuracy"] = values.accuracy;
  metrics["test_accuracy_low"] = values.accuracy_low;
  metrics["test_accuracy_high"] = values.accuracy_high;
  metrics["test_log_loss"] = values.log_loss;
  metrics["test_macro_f1"] = values.macro_f1;
  return metrics;
}

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

Json rows_of(const PreparedData& data) {
  return {{"train", data.train.labels.size()},
          {"validation", data.validation.labels.size()},
          {"test", data.test.labels.size()}};
}

Json features_of(const Encoding& encoding) {
  Json features = Json::array();
  for (const auto& column : encoding.columns) {
    Json feature{{"column", column.column}, {"encoding", to_string(column.kind)}};
    if (column.kind != EncodingKind::kNumber) {
      feature["categories"] = column.categories;
    }
    features.push_back(std::move(feature));
  }
  return features;
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

/// A field of CSV (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string percent(double ratio) {
  const auto tenths = static_cast<long>(ratio * 1000 + 0.5);
  return concat(tenths / 10, ".", tenths % 10);
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
  line.update(test_metrics(finished));
  line["best_round"] = finished.best_rounds;
  return dump(line);
}

std::string summary(const Finished& finished) {
  Json json{{"task", task_name(finished.data.task)}, {"target", finished.options.data.target}};
  json.update(test_metrics(finished));
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
  const PreparedData& data = finished.data;
  Json json{{"format", "wattle-trees"},
            {"version", 1},
            {"library", "xgboost " + xgboost_version()},
            {"model", std::filesystem::path(finished.options.output.model).filename().string()},
            {"model_sha256", finished.model_sha256},
            {"task", task_name(data.task)},
            {"target", finished.options.data.target},
            {"classes", data.classes},
            {"columns", features_of(data.encoding)},
            {"feature_names", data.encoding.feature_names()},
            {"missing", kMissingWords},
            {"parameters", parameters_of(finished)},
            {"rounds", rounds_of(finished)},
            {"rows", rows_of(data)},
            {"data_sha256", data.sha256},
            {"metrics", test_metrics(finished)}};
  return dump(json, 2) + "\n";
}

std::string predictions_csv(const Finished& finished) {
  const Part& test = finished.data.test;
  const auto& classes = finished.data.classes;
  const bool is_classification = finished.data.task == Task::kClassification;
  std::string csv =
      is_classification ? "row,actual,predicted,probability\n" : "row,actual,predicted\n";
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    csv += std::to_string(test.rows[i] + 1) + ",";
    if (!is_classification) {
      csv += shortest(test.labels[i]) + "," + shortest(finished.test_predictions[i]) + "\n";
      continue;
    }
    const auto* first = finished.test_predictions.data() + i * classes.size();
    const auto* best = std::max_element(first, first + classes.size());
    csv += csv_field(classes[static_cast<std::size_t>(test.labels[i])]) + "," +
           csv_field(classes[static_cast<std::size_t>(best - first)]) + "," + shortest(*best) +
           "\n";
  }
  return csv;
}

std::string headline(const Finished& finished) {
  const Json metrics = test_metrics(finished);
  if (metrics.empty()) {
    return "no test rows, so no test metrics";
  }
  if (finished.data.task == Task::kRegression) {
    return concat("test RMSE ", metrics["test_rmse"].get<double>(), ", R2 ",
                  metrics["test_r2"].get<double>());
  }
  return concat("test accuracy ", percent(metrics["test_accuracy"]), " % (80 % interval ",
                percent(metrics["test_accuracy_low"]), " to ",
                percent(metrics["test_accuracy_high"]), " %)");
}

std::vector<float> spread_binary(const PreparedData& data, std::vector<float> predictions) {
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
