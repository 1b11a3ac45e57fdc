#include "report.h"

#include <cmath>
#include <filesystem>

#include "command_line.h"
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/training/outputs.h"
#include "wattle/training/report.h"

namespace wattle::networks {
namespace {

using Json = nlohmann::ordered_json;
using training::dump;
using training::Task;

Json metrics_of(const Finished& finished) {
  return training::test_metrics({finished.data.parts, finished.test_predictions});
}

Json best_of(const Finished& finished) {
  const bool has_validation = finished.data.parts.has_validation();
  const Epoch& best = finished.history[best_epoch(finished.history, has_validation) - 1];
  Json losses{{"train_loss", best.train_loss}};
  if (has_validation) {
    losses["validation_loss"] = best.validation_loss;
  }
  return losses;
}

Json epochs_of(const Finished& finished) {
  return {{"best", best_epoch(finished.history, finished.data.parts.has_validation())},
          {"run", finished.history.size()},
          {"most", finished.options.learn.epochs}};
}

Json arithmetic_of(const Arithmetic& arithmetic) {
  return {{"library", arithmetic.library},
          {"device", arithmetic.device},
          {"kernels", arithmetic.kernels},
          {"threads", arithmetic.threads}};
}

Json input_of(const NetworkOptions& options, const NetworkData& data) {
  Json input{{"name", "features"}, {"type", "float32"}};
  if (data.is_image) {
    input["shape"] = {"rows", data.shape.channels, data.shape.height, data.shape.width};
  } else {
    input["shape"] = {"rows", data.shape.channels};
    input["feature_names"] = data.parts.encoding.feature_names();
    input["columns"] = training::columns_of(data.parts.encoding);
    input["missing"] = training::kMissingWords;
  }
  return {{"task", training::to_string(data.parts.task)},
          {"target", options.data.target},
          {"classes", data.parts.classes},
          {"input", std::move(input)}};
}

std::string_view name_of(LayerKind kind) {
  constexpr std::string_view kNames[] = {"linear", "convolution", "batch-norm", "activation",
                                         "pool",   "dropout",     "flatten"};
  return kNames[static_cast<std::size_t>(kind)];
}

Json layers_of(const Architecture& architecture) {
  Json layers = Json::array();
  for (const auto& layer : architecture.layers) {
    Json json{{"kind", name_of(layer.kind)}, {"in", layer.in}};
    if (layer.out > 0 && layer.out != layer.in) {
      json["out"] = layer.out;
    }
    if (layer.side > 0) {
      json["side"] = layer.side;
    }
    layers.push_back(std::move(json));
  }
  return layers;
}

Json parameters_of(const NetworkOptions& options) {
  NetworkOptions copy = options;
  Json parameters = Json::object();
  for (const auto& setting : settings_of(copy)) {
    parameters[std::string(setting.flag)] = training::value_of(setting);
  }
  return parameters;
}

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace

std::string epoch_line(const NetworkOptions& options, const NetworkData& data,
                       const std::vector<Epoch>& history) {
  const Epoch& epoch = history.back();
  Json line{
      {"step", history.size()},
      {"progress", static_cast<double>(history.size()) / static_cast<double>(options.learn.epochs)},
      {"train_loss", epoch.train_loss}};
  if (data.parts.has_validation()) {
    line["validation_loss"] = epoch.validation_loss;
    if (data.parts.task == Task::kClassification) {
      line["validation_accuracy"] = epoch.validation_accuracy;
    } else {
      line["validation_rmse"] = std::sqrt(epoch.validation_loss) * data.target_deviation;
    }
  }
  line["learning_rate"] = epoch.learning_rate;
  return dump(line);
}

std::string final_line(const Finished& finished) {
  Json line{{"step", finished.history.size()}, {"progress", 1.0}};
  line.update(metrics_of(finished));
  line["best_epoch"] = epochs_of(finished)["best"];
  return dump(line);
}

std::string summary(const Finished& finished) {
  Json json{{"task", training::to_string(finished.data.parts.task)},
            {"target", finished.options.data.target}};
  json.update(metrics_of(finished));
  json.update(best_of(finished));
  json["epochs"] = epochs_of(finished);
  json["rows"] = training::rows_of(finished.data.parts);
  json["parameters"] = finished.parameters;
  json["arithmetic"] = arithmetic_of(finished.arithmetic);
  json["resumed_from_step"] = finished.resumed_from_step;
  json["model"] = finished.options.output.model;
  json["model_sha256"] = finished.torchscript_sha256;
  json["onnx"] = training::with_ending(finished.options.output.model, ".onnx");
  json["onnx_sha256"] = finished.onnx_sha256;
  return dump(json);
}

std::string describe_input(const NetworkOptions& options, const NetworkData& data) {
  return dump(input_of(options, data));
}

std::string describe_model(const Finished& finished) {
  const NetworkData& data = finished.data;
  const bool is_classification = data.parts.task == Task::kClassification;
  Json json{{"format", "wattle-network"},
            {"version", 1},
            {"kind", finished.options.kind == NetworkKind::kCnn ? "cnn" : "mlp"},
            {"model", file_name(finished.options.output.model)},
            {"model_sha256", finished.torchscript_sha256},
            {"onnx", file_name(training::with_ending(finished.options.output.model, ".onnx"))},
            {"onnx_sha256", finished.onnx_sha256}};
  json.update(input_of(finished.options, data));
  json["output"] = {{"name", is_classification ? "probabilities" : "prediction"},
                    {"shape", {"rows", finished.architecture.outputs}}};
  json["layers"] = layers_of(finished.architecture);
  json["parameters"] = finished.parameters;
  json["standardisation"] = {{"mean", data.standardisation.mean},
                             {"deviation", data.standardisation.deviation}};
  json["settings"] = parameters_of(finished.options);
  json["epochs"] = epochs_of(finished);
  json["rows"] = training::rows_of(data.parts);
  json["data_sha256"] = data.parts.sha256;
  json["arithmetic"] = arithmetic_of(finished.arithmetic);
  json["metrics"] = metrics_of(finished);
  return dump(json, 2) + "\n";
}

}  // namespace wattle::networks
