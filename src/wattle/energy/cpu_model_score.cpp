// Scores the processor model on recorded load profiles, leaving the host's own powers out.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "wattle/base/rng.h"
#include "wattle/energy/cpu_load_profile.h"

namespace wattle::energy {
namespace {

constexpr std::size_t kCalibrationPoints = 3;
using Triple = std::array<std::size_t, kCalibrationPoints>;

double relative_error(Watts estimated, Watts real) {
  return std::abs((estimated - real) / real);
}

/// The points of a trial: activity as the model may see it, and the power held to be true.
struct Truth {
  std::vector<CalibrationPoint> points;
  std::vector<const LoadPoint*> rows;
};

Truth select(const LoadProfile& host, const CpuModelTrial& trial) {
  Truth truth;
  for (const auto& row : host.points) {
    if (trial.use_published_column && row.column_is_faulty()) {
      continue;
    }
    CpuActivity activity = row.activity;
    if (!trial.use_frequency) {
      activity.relative_frequency.reset();
    }
    const Watts power = trial.use_published_column ? row.column_power : row.counter_power;
    if (power.value() > 0) {
      truth.points.push_back({activity, power});
      truth.rows.push_back(&row);
    }
  }
  return truth;
}

/// What a calibration run on the host would record: one kind of load, at rest, at a quarter (where
/// the curve bends) and in full.
Triple low_quarter_high(const Truth& truth) {
  constexpr double kQuarter = 0.25;
  Triple chosen{0, 0, 0};
  const auto load = [&truth](std::size_t i) { return truth.points[i].activity.load; };
  const auto off = [&load](std::size_t i) { return std::abs(load(i) - kQuarter); };
  for (std::size_t i = 0; i < truth.points.size(); ++i) {
    if (truth.rows[i]->load_type != truth.rows.front()->load_type) {
      continue;
    }
    chosen[0] = load(i) < load(chosen[0]) ? i : chosen[0];
    chosen[1] = off(i) < off(chosen[1]) ? i : chosen[1];
    chosen[2] = load(i) > load(chosen[2]) ? i : chosen[2];
  }
  return chosen;
}

struct Outcome {
  double error_sum = 0;
  int points = 0;
  IntervalCoverage coverage;

  double error() const { return points == 0 ? 0 : error_sum / points; }
  void add(const Estimate<Watts>& estimate, Watts real) {
    error_sum += relative_error(estimate.value(), real);
    coverage.inside += estimate.low() <= real && real <= estimate.high() ? 1 : 0;
    ++coverage.total;
    ++points;
  }
};

/// Judges `model` on every point that is not in `without`.
void judge(const CpuPowerModel& model, const Truth& truth, const std::set<std::size_t>& without,
           Outcome& outcome) {
  for (std::size_t i = 0; i < truth.points.size(); ++i) {
    if (!without.contains(i)) {
      outcome.add(model.power(truth.points[i].activity), truth.points[i].power);
    }
  }
}

void judge_calibrated(const CpuPowerModel& prior, const Truth& truth, const Triple& triple,
                      Outcome& outcome) {
  std::vector<CalibrationPoint> chosen;
  for (const std::size_t i : triple) {
    chosen.push_back(truth.points[i]);
  }
  judge(prior.calibrate(chosen), truth, {triple.begin(), triple.end()}, outcome);
}

Triple random_triple(Rng& rng, std::size_t size) {
  std::set<std::size_t> chosen;
  while (chosen.size() < kCalibrationPoints) {
    chosen.insert(rng.below(size));
  }
  Triple triple{};
  std::ranges::copy(chosen, triple.begin());
  return triple;
}

}  // namespace

Watts codecarbon_formula(Watts rated, double load) {
  return rated * (0.1 + 0.9 * load * load * load);
}

CpuModelScore score_cpu_model(const LoadProfile& host, const CpuModelTrial& trial) {
  constexpr int kRandomTriples = 300;
  constexpr std::uint64_t kSeed = 1;
  const Truth truth = select(host, trial);
  const CpuPowerModel prior = CpuPowerModel::prior(host.cpu);
  CpuModelScore score;
  score.host = host.name;
  score.points = static_cast<int>(truth.points.size());

  Outcome blind;
  judge(prior, truth, {}, blind);
  score.prior_error = blind.error();
  score.prior_coverage = blind.coverage;
  Outcome formula;
  Outcome column;
  for (std::size_t i = 0; i < truth.points.size(); ++i) {
    const auto& [activity, power] = truth.points[i];
    formula.add({codecarbon_formula(host.rated, activity.load), Quality::kModelled}, power);
    column.add({truth.rows[i]->codecarbon_power, Quality::kModelled}, power);
  }
  score.codecarbon_formula_error = formula.error();
  score.codecarbon_column_error = column.error();
  if (truth.points.size() <= kCalibrationPoints) {
    return score;
  }
  Outcome calibrated;
  judge_calibrated(prior, truth, low_quarter_high(truth), calibrated);
  score.calibrated_error = calibrated.error();
  score.calibrated_coverage = calibrated.coverage;
  Outcome random;
  Rng rng(kSeed);
  for (int i = 0; i < kRandomTriples; ++i) {
    judge_calibrated(prior, truth, random_triple(rng, truth.points.size()), random);
  }
  score.random_triples_error = random.error();
  score.random_coverage = random.coverage;
  return score;
}

}  // namespace wattle::energy
