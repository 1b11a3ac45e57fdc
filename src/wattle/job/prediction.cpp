#include "wattle/job/prediction.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "wattle/base/text.h"

namespace wattle::job {
namespace {

using messages::Figure;
using messages::PredictionFacts;
using messages::Receipt;

// With one earlier run its spread is unknown; a shared machine makes 25 % of time and energy an
// honest guess.
constexpr double kSingleRunSpread = 0.25;

/// Linear interpolation between the sorted values. REQUIRES: not empty.
double quantile(std::vector<double> values, double probability) {
  std::ranges::sort(values);
  const double place = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Figure typical(const std::vector<double>& values) {
  const double median = quantile(values, 0.5);
  const double margin = median * kSingleRunSpread / std::sqrt(static_cast<double>(values.size()));
  return {median, std::max(0.0, std::min(quantile(values, 0.1), median - margin)),
          std::max(quantile(values, 0.9), median + margin), Quality::kModelled};
}

Estimate<Seconds> seconds_of(const nlohmann::json& json, std::string cause) {
  const double value = json.at("value");
  const double half = (json.at("high").get<double>() - json.at("low").get<double>()) / 2;
  Estimate<Seconds> estimate(Seconds(value), Quality::kModelled);
  estimate.add_error(std::move(cause), half / kIntervalZ);
  return estimate;
}

bool is_trainer(std::string_view word) {
  return word == "wattle-train" || word.ends_with("/wattle-train");
}

/// A shell text that is one plain command: no operators that an appended flag would end up behind.
bool is_plain_command(std::string_view text) {
  return text.find_first_of("|&;<>\n`(#") == std::string_view::npos;
}

}  // namespace

std::optional<PredictionFacts> predict_from_history(std::span<const Receipt> same_job) {
  std::vector<double> seconds;
  std::vector<double> joules;
  for (const auto& receipt : same_job) {
    seconds.push_back(receipt.time.wall_seconds);
    if (receipt.energy.is_metered()) {
      joules.push_back(receipt.energy.joules->value);
    }
  }
  if (seconds.empty()) {
    return std::nullopt;
  }
  PredictionFacts facts{.basis = seconds.size() == 1 ? "the last run of this job"
                                                     : concat("median of the last ", seconds.size(),
                                                              " runs of this job"),
                        .seconds = typical(seconds)};
  if (!joules.empty()) {
    facts.joules = typical(joules);
  }
  return facts;
}

Result<ProgramEstimate> parse_program_estimate(std::string_view json) {
  try {
    const auto document = nlohmann::json::parse(json);
    return ProgramEstimate{.wall = seconds_of(document.at("seconds"), "estimate of time"),
                           .cpu = seconds_of(document.at("cpu_seconds"), "estimate of time"),
                           .basis = document.at("basis")};
  } catch (const nlohmann::json::exception& exception) {
    return Error(ErrorCode::kParse, std::string("no estimate: ") + exception.what());
  }
}

std::optional<std::vector<std::string>> estimate_command(const spec::JobSpec& job) {
  if (const auto* words = std::get_if<std::vector<std::string>>(&job.run)) {
    if (words->empty() || !is_trainer(words->front())) {
      return std::nullopt;
    }
    auto argv = *words;
    argv.emplace_back("--estimate");
    return argv;
  }
  const auto text = trim(std::get<std::string>(job.run));
  if (!is_trainer(text.substr(0, text.find_first_of(" \t"))) || !is_plain_command(text)) {
    return std::nullopt;
  }
  return std::vector<std::string>{"/bin/sh", "-c", concat(text, " --estimate")};
}

PredictionFacts predict_from_estimate(const ProgramEstimate& estimate,
                                      const energy::CpuPowerModel& model, int logical_cpus) {
  const double load =
      std::clamp(estimate.cpu.value() / estimate.wall.value() / logical_cpus, 0.0, 1.0);
  const auto busy = model.power(load);
  const Watts added = busy.value() - model.idle().value();
  const double relative = busy.value().value() > 0 ? busy.sigma() / busy.value().value() : 1;
  const Estimate<Watts> power(added, Quality::kModelled, "cpu model", relative);
  return {.basis = estimate.basis,
          .seconds = Figure(estimate.wall),
          .joules = Figure(multiply(power, estimate.wall))};
}

}  // namespace wattle::job
