#include "report.h"

#include <algorithm>

#include "format.h"
#include "metrics.h"
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

using Json = nlohmann::ordered_json;

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

std::string dump(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string describe_rows(const PreparedData& data, std::string_view cells,
                          const DataOptions& options) {
  const std::size_t rows =
      data.train.labels.size() + data.validation.labels.size() + data.test.labels.size();
  const std::string kind = data.task == Task::kRegression
                               ? "regression"
                               : concat("classification into ", data.classes.size(), " classes");
  return concat("read ", with_commas(rows), " rows with ", cells, ": ", kind,
                options.target.empty() ? "" : concat(" of '", options.target, "'"), "\n",
                "rows: ", with_commas(data.train.labels.size()), " to train, ",
                with_commas(data.validation.labels.size()), " to validate, ",
                with_commas(data.test.labels.size()), " to test (seed ", options.seed, ")");
}

nlohmann::ordered_json test_metrics(const Tested& tested) {
  const Part& test = tested.data.test;
  Json metrics = Json::object();
  if (test.labels.empty()) {
    return metrics;
  }
  if (tested.data.task == Task::kRegression) {
    const auto values = regression_metrics(tested.predictions, test.labels);
    metrics["test_rmse"] = values.rmse;
    metrics["test_mae"] = values.mae;
    metrics["test_r2"] = values.r2;
    return metrics;
  }
  const auto values =
      classification_metrics(tested.predictions, tested.data.classes.size(), test.labels);
  metrics["test_accuracy"] = values.accuracy;
  metrics["test_accuracy_low"] = values.accuracy_low;
  metrics["test_accuracy_high"] = values.accuracy_high;
  metrics["test_log_loss"] = values.log_loss;
  metrics["test_macro_f1"] = values.macro_f1;
  return metrics;
}

nlohmann::ordered_json rows_of(const PreparedData& data) {
  return {{"train", data.train.labels.size()},
          {"validation", data.validation.labels.size()},
          {"test", data.test.labels.size()}};
}

nlohmann::ordered_json columns_of(const Encoding& encoding) {
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

std::string predictions_csv(const Tested& tested) {
  const Part& test = tested.data.test;
  const auto& classes = tested.data.classes;
  const bool is_classification = tested.data.task == Task::kClassification;
  std::string csv =
      is_classification ? "row,actual,predicted,probability\n" : "row,actual,predicted\n";
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    csv += std::to_string(test.rows[i] + 1) + ",";
    if (!is_classification) {
      csv += shortest(test.labels[i]) + "," + shortest(tested.predictions[i]) + "\n";
      continue;
    }
    const auto* first = tested.predictions.data() + i * classes.size();
    const auto* best = std::max_element(first, first + classes.size());
    csv += csv_field(classes[static_cast<std::size_t>(test.labels[i])]) + "," +
           csv_field(classes[static_cast<std::size_t>(best - first)]) + "," + shortest(*best) +
           "\n";
  }
  return csv;
}

std::string headline(const Tested& tested) {
  const Json metrics = test_metrics(tested);
  if (metrics.empty()) {
    return "no test rows, so no test metrics";
  }
  if (tested.data.task == Task::kRegression) {
    return concat("test RMSE ", metrics["test_rmse"].get<double>(), ", R2 ",
                  metrics["test_r2"].get<double>());
  }
  return concat("test accuracy ", percent(metrics["test_accuracy"]), " % (80 % interval ",
                percent(metrics["test_accuracy_low"]), " to ",
                percent(metrics["test_accuracy_high"]), " %)");
}

}  // namespace wattle::training
