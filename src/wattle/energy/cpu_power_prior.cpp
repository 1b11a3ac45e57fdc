// What the tables say of a processor, as a distribution over the parameters of its power curve.
#include <algorithm>
#include <cmath>

#include "wattle/base/text.h"
#include "wattle/energy/cpu_power_model.h"
#include "wattle/energy/cpu_table.h"

namespace wattle::energy {
namespace {

/// A positive number that is known up to a factor: its median and the deviation of its logarithm.
struct Spread {
  double median;
  double sigma;
};

// Idle over rated power: 0.10 to 0.13 on every bare-metal host of Teads' table; chiplet servers
// reach 0.2 and small desktops 0.08, so the spread is wide.
constexpr Spread kIdleOverRated{0.12, 0.5};
// Full less idle over rated power. SPECpower has 0.81 (sigma 0.24) over 189 processors, at the
// wall; between wall and package lie the power supply (0.92), the voltage regulators (0.92) and
// what fans and memory add under load (0.95): 0.80, sigma 0.2.
constexpr Spread kPackageOverWall{0.80, 0.2};
constexpr Spread kDynamicOverRated{0.81 * kPackageOverWall.median, 0.31};
// Ryzen and Threadripper are held by package power tracking, not by the rated power: AMD gives
// 1.35 times rated power as its standard limit for these sockets (statement on socket AM5, 2022).
constexpr double kRyzenLimitOverRated = 1.35;
constexpr Spread kDynamicOverRatedRyzen{kRyzenLimitOverRated * kDynamicOverRated.median, 0.31};
// Bend and exponent. Teads' hosts at a constant clock: 31 to 36 % of full power at 10 % load, 69 to
// 74 % at 50 %: c = 2; with few cores fully busy the bend is stronger. Switching power goes with
// f V^2 and the voltage follows the clock in part of its range: b between 1 and 3.
constexpr Spread kBend{2.5, 1.0};
constexpr Spread kExponent{1.5, 0.5};
// A power-saving governor rests at 0.4 to 0.5 of the highest clock; clouds pin theirs high.
constexpr double kIdleClock = 0.45;
constexpr double kIdleClockOfClouds = 1.0;
// Rated power over cores of a package: 39.2 W * cores^0.447 (196 processors of SPECpower's list).
constexpr double kRatedOfOneCore = 39.2;
constexpr double kRatedByCores = 0.447;
constexpr double kRatedByCoresSigma = 0.4;
constexpr double kSiblingSigma = 0.2;
constexpr int kCoresWhenUnknown = 4;
// The geometric mean of the cloud tables' architectures, for a virtual CPU of an unknown one.
constexpr Spread kIdlePerVirtualCpu{0.87, 0.65};
constexpr Spread kDynamicPerVirtualCpu{2.8, 0.6};
constexpr double kCloudIdleSigma = 0.5;
constexpr double kCloudDynamicSigma = 0.4;

struct Rated {
  Watts power;  // of one package
  double sigma;
  std::optional<Watts> dynamic;  // of one package
  std::string source;
};

int cores_per_package(const CpuDescription& cpu) {
  const int cores = cpu.physical_cores > 0 ? cpu.physical_cores
                    : cpu.logical_cpus > 0 ? (cpu.logical_cpus + 1) / 2
                                           : kCoresWhenUnknown;
  return std::max(1, cores / std::max(1, cpu.sockets));
}

Rated rated_power(const CpuDescription& cpu) {
  const auto package = find_cpu_package(cpu.model_name);
  std::optional<Watts> dynamic;
  if (package && package->wall_dynamic) {
    dynamic = *package->wall_dynamic * kPackageOverWall.median;
  }
  if (cpu.tdp && cpu.tdp->value() > 0) {
    return {*cpu.tdp, 0, dynamic, "rated power as given"};
  }
  if (package) {
    return {package->tdp, package->exact ? 0 : kSiblingSigma, dynamic,
            package->exact ? "rated power by table" : "rated power of a sibling model"};
  }
  const int cores = cores_per_package(cpu);
  return {Watts(kRatedOfOneCore * std::pow(cores, kRatedByCores)), kRatedByCoresSigma, std::nullopt,
          concat("processor unknown: rated power guessed from ", cores, " cores per package")};
}

Spread dynamic_share(const CpuDescription& cpu, const Rated& rated) {
  if (rated.dynamic) {
    return {*rated.dynamic / rated.power, kPackageOverWall.sigma};
  }
  const bool ryzen = cpu_name_key(cpu.model_name).find("ryzen") != std::string::npos;
  return ryzen ? kDynamicOverRatedRyzen : kDynamicOverRated;
}

/// Independent parameters, but for an error of the scale, which idle and dynamic power share.
CpuPowerFit distribution(Watts scale, double scale_sigma, Spread idle, Spread dynamic) {
  CpuPowerFit fit;
  fit.scale = scale;
  const std::array<Spread, kCpuParameters> parameters{idle, dynamic, kBend, kExponent};
  for (std::size_t i = 0; i < kCpuParameters; ++i) {
    fit.mean[i] = std::log(parameters[i].median);
    fit.covariance[i][i] = parameters[i].sigma * parameters[i].sigma;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      fit.covariance[i][j] += scale_sigma * scale_sigma;
    }
  }
  return fit;
}

CpuPowerFit of_virtual_machine(const CpuDescription& cpu, std::string& source) {
  const double count = std::max(1, cpu.logical_cpus);
  const auto cloud = find_cloud_cpu(cpu.model_name, cpu.cloud_provider);
  Spread idle = kIdlePerVirtualCpu;
  Spread dynamic = kDynamicPerVirtualCpu;
  source = "share of a host of unknown architecture";
  if (cloud) {
    const double extra = cloud->measured ? 1 : 1.5;
    idle = {cloud->idle.value(), kCloudIdleSigma * extra};
    dynamic = {(cloud->full - cloud->idle).value(), kCloudDynamicSigma * extra};
    source = "share of a " + cloud->architecture + " host";
  }
  CpuPowerFit fit = distribution(Watts(1) * count, 0, idle, dynamic);
  fit.idle_clock = kIdleClockOfClouds;
  return fit;
}

CpuPowerFit of_host(const CpuDescription& cpu, std::string& source) {
  const Rated rated = rated_power(cpu);
  const double packages = std::max(1, cpu.sockets);
  source = rated.source + (rated.dynamic ? ", range from SPECpower" : "");
  CpuPowerFit fit =
      distribution(rated.power * packages, rated.sigma, kIdleOverRated, dynamic_share(cpu, rated));
  fit.idle_clock = kIdleClock;
  return fit;
}

/// One line, for causes and stored text.
std::string one_line(std::string_view text) {
  std::string line(trim(text));
  std::ranges::replace_if(line, [](unsigned char c) { return c < ' '; }, ' ');
  return line.empty() ? "unknown" : line;
}

}  // namespace

CpuPowerModel CpuPowerModel::prior(const CpuDescription& cpu) {
  CpuPowerModel model;
  model.cause_ = "cpu-model:" + one_line(cpu.model_name);
  model.fit_ =
      cpu.virtual_machine ? of_virtual_machine(cpu, model.source_) : of_host(cpu, model.source_);
  return model;
}

}  // namespace wattle::energy
