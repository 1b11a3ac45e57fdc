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

Figure figure_of(const nlohmann::json& json) {
  return {json.at("value").get<double>(), json.at("low").get<double>(),
          json.at("high").get<double>(), Quality::kModelled};
}

/// a*b of independent figures whose intervals need not be symmetric, to first order.
Figure product(const Figure& a, const Figure& b) {
  const auto relative = [](double difference, double value) {
    return value > 0 ? difference / value : 0;
  };
  const double down =
      std::hypot(relative(a.value - a.low, a.value), relative(b.value - b.low, b.value));
  const double up =
      std::hypot(relative(a.high - a.value, a.value), relative(b.high - b.value, b.value));
  const double value = a.value * b.value;
  return {value, value * std::max(0.0, 1 - down), value * (1 + up), worse(a.quality, b.quality)};
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
    return ProgramEstimate{.wall_seconds = figure_of(document.at("seconds")),
                           .cpu_seconds = figure_of(document.at("cpu_seconds")),
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
  const double cores = estimate.cpu_seconds.value / std::max(estimate.wall_seconds.value, 1e-9);
  const auto busy = model.power(std::clamp(cores / logical_cpus, 0.0, 1.0));
  const Watts added = busy.value() - model.idle().value();
  const double relative = busy.value() > Watts(0) ? busy.sigma() / busy.value().value() : 1;
  const Figure power(Estimate<Watts>(added, Quality::kModelled, "cpu model", relative));
  return {.basis = estimate.basis,
          .seconds = estimate.wall_seconds,
          .joules = product(power, estimate.wall_seconds)};
}

}  // namespace wattle::job
