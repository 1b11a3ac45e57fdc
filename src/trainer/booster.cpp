#include "booster.h"

#include <array>
#include <limits>

#include <xgboost/c_api.h>

#include "wattle/base/text.h"

namespace wattle::trainer {
namespace {

/// XGBoost's messages carry a stack trace after their first line.
Status check(int code, std::string_view doing) {
  if (code == 0) {
    return {};
  }
  const std::string_view words = XGBGetLastError();
  return Error(ErrorCode::kInternal,
               concat("XGBoost failed ", doing, ": ", trim(words.substr(0, words.find("\nStack"))))
                   .substr(0, 500));
}

/// "[7]\ttrain-rmse:0.25\tvalidation-rmse:0.5": the number after the last colon of each part.
Result<Losses> parse_losses(std::string_view line, bool has_validation) {
  const auto parts = split(line, '\t');
  const std::size_t expected = has_validation ? 3 : 2;
  std::array<double, 2> numbers{};
  for (std::size_t i = 1; i < parts.size() && i < expected; ++i) {
    const auto number = parse_number(parts[i].substr(parts[i].rfind(':') + 1));
    if (!number.ok()) {
      return Error(ErrorCode::kInternal,
                   concat("the loss became '", parts[i],
                          "', which is no number; try a smaller --learning-rate"));
    }
    numbers[i - 1] = *number;
  }
  if (parts.size() != expected) {
    return Error(ErrorCode::kInternal, concat("XGBoost reported '", line, "'"));
  }
  return Losses{numbers[0], numbers[1]};
}

std::string copy_of(const char* bytes, bst_ulong size) {
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

void Dataset::Free::operator()(void* handle) const {
  XGDMatrixFree(handle);
}

void Booster::Free::operator()(void* handle) const {
  XGBoosterFree(handle);
}

Result<Dataset> Dataset::create(const training::Matrix& matrix, std::span<const float> labels,
                                int threads) {
  DMatrixHandle handle = nullptr;
  WATTLE_RETURN_IF_ERROR(
      check(XGDMatrixCreateFromMat_omp(matrix.values.data(), matrix.rows, matrix.columns,
                                       std::numeric_limits<float>::quiet_NaN(), &handle, threads),
            "copying the table"));
  Dataset dataset(handle, matrix.rows);
  WATTLE_RETURN_IF_ERROR(check(XGDMatrixSetFloatInfo(handle, "label", labels.data(), labels.size()),
                               "copying the labels"));
  return dataset;
}

Result<Booster> Booster::make(const Dataset& train, const Dataset* validation) {
  const std::array<DMatrixHandle, 2> data{train.handle(),
                                          validation == nullptr ? nullptr : validation->handle()};
  BoosterHandle handle = nullptr;
  WATTLE_RETURN_IF_ERROR(check(XGBoosterCreate(data.data(), validation == nullptr ? 1 : 2, &handle),
                               "making a booster"));
  return Booster(handle, train, validation);
}

Status Booster::set(const std::string& name, const std::string& value) {
  return check(XGBoosterSetParam(handle_.get(), name.c_str(), value.c_str()), "setting " + name);
}

Result<Booster> Booster::create(const BoosterSettings& settings, const Dataset& train,
                                const Dataset* validation) {
  WATTLE_ASSIGN_OR_RETURN(Booster booster, make(train, validation));
  for (const auto& [name, value] : settings) {
    WATTLE_RETURN_IF_ERROR(booster.set(name, value));
  }
  return booster;
}

Result<Booster> Booster::restore(std::string_view state, int threads, const Dataset& train,
                                 const Dataset* validation) {
  WATTLE_ASSIGN_OR_RETURN(Booster booster, make(train, validation));
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterUnserializeFromBuffer(booster.handle_.get(), state.data(), state.size()),
            "restoring a checkpoint"));
  WATTLE_RETURN_IF_ERROR(booster.set("nthread", std::to_string(threads)));
  return booster;
}

Status Booster::boost(int round) {
  // A tree updater draws a seed when it is made and keeps a generator for column sampling, neither
  // of which is part of a saved state. Loading the configuration makes new updaters, so that every
  // round starts as the first round after a resumption does; seed_per_iteration does the rest.
  const char* text = nullptr;
  bst_ulong size = 0;
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterSaveJsonConfig(handle_.get(), &size, &text), "reading its configuration"));
  const std::string configuration = copy_of(text, size);
  WATTLE_RETURN_IF_ERROR(check(XGBoosterLoadJsonConfig(handle_.get(), configuration.c_str()),
                               "renewing its configuration"));
  return check(XGBoosterUpdateOneIter(handle_.get(), round, train_->handle()),
               concat("in round ", round + 1));
}

Result<Losses> Booster::losses(int round) const {
  std::array<DMatrixHandle, 2> data{train_->handle(),
                                    validation_ == nullptr ? nullptr : validation_->handle()};
  std::array<const char*, 2> names{"train", "validation"};
  const char* line = nullptr;
  WATTLE_RETURN_IF_ERROR(check(XGBoosterEvalOneIter(handle_.get(), round, data.data(), names.data(),
                                                    validation_ == nullptr ? 1 : 2, &line),
                               "computing the loss"));
  return parse_losses(line, validation_ != nullptr);
}

Result<std::string> Booster::state() const {
  const char* bytes = nullptr;
  bst_ulong size = 0;
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterSerializeToBuffer(handle_.get(), &size, &bytes), "saving its state"));
  return copy_of(bytes, size);
}

Result<std::string> Booster::model(int rounds,
                                   const std::vector<std::string>& feature_names) const {
  BoosterHandle handle = nullptr;
  WATTLE_RETURN_IF_ERROR(check(XGBoosterSlice(handle_.get(), 0, rounds, 1, &handle),
                               concat("cutting the model to ", rounds, " rounds")));
  const std::unique_ptr<void, Free> slice(handle);
  std::vector<const char*> names;
  names.reserve(feature_names.size());
  for (const auto& name : feature_names) {
    names.push_back(name.c_str());
  }
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterSetStrFeatureInfo(handle, "feature_name", names.data(), names.size()),
            "naming the features"));
  const char* bytes = nullptr;
  bst_ulong size = 0;
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterSaveModelToBuffer(handle, R"({"format": "ubj"})", &size, &bytes),
            "writing the model"));
  return copy_of(bytes, size);
}

Result<std::vector<float>> Booster::predict(const Dataset& data, int rounds) const {
  const std::string options =
      concat(R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": )", rounds,
             R"(, "strict_shape": false})");
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  WATTLE_RETURN_IF_ERROR(
      check(XGBoosterPredictFromDMatrix(handle_.get(), data.handle(), options.c_str(), &shape,
                                        &dimensions, &values),
            "predicting"));
  std::size_t size = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) {
    size *= shape[i];
  }
  return std::vector<float>(values, values + size);
}

std::string xgboost_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return concat(major, ".", minor, ".", patch);
}

}  // namespace wattle::trainer
