// What every meter promises, asked of each kind of meter over generated sensors.
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "wattle/base/rng.h"
#include "wattle/energy/hwmon_meter.h"
#include "wattle/energy/model_meter.h"
#include "wattle/energy/nvml_meter.h"
#include "wattle/energy/open_meters.h"
#include "wattle/energy/powercap_meter.h"
#include "wattle/energy/replay_meter.h"
#include "wattle/support/sensor_tree.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::energy {
namespace {

using support::Load;
using support::SensorTree;

constexpr Load kGpu{70, 500, 29};

/// A meter over sensors that an invented load drives, and what that load used in truth.
class Rig {
 public:
  virtual ~Rig() = default;

  Meter& meter() { return *meter_; }
  void advance(double seconds) {
    now_ += seconds;
    clock_.advance(Seconds(seconds));
    show();
  }
  /// All sensors of the rig fall silent, or speak again.
  virtual void fall_silent() = 0;
  void speak() { show(); }
  double now() const { return now_; }

  std::vector<Load> node;  // what all top-level domains use together
  Quality worst = Quality::kCounter;
  double tolerance = 1e-6;      // relative, of the sum over minutes
  bool bridges_silence = true;  // counters go on counting unseen
  bool can_fall_silent = true;

 protected:
  virtual void show() = 0;

  support::TemporaryFolder folder_;
  RealFileSystem files_;
  SimulatedClock clock_;
  std::vector<Finding> findings_;
  std::unique_ptr<Meter> meter_;
  double now_ = 0;
};

/// Sensors that are files of a tree.
class TreeRig : public Rig {
 public:
  explicit TreeRig(SensorTree (*make)(const std::string&)) : tree_(make(folder_.path())) {}
  void fall_silent() override {
    tree_.remove("/sys/class");
    tree_.remove("/proc/stat");
  }
  void show() override { tree_.show(now_); }

 protected:
  SensorTree tree_;
};

class PowercapRig final : public TreeRig {
 public:
  PowercapRig(SensorTree (*make)(const std::string&), std::vector<Load> loads) : TreeRig(make) {
    node = std::move(loads);
    meter_ = PowercapMeter::create(files_, clock_, folder_.path(), findings_).value();
  }
};

class HwmonRig final : public TreeRig {
 public:
  HwmonRig() : TreeRig(support::make_bare) {
    tree_.add_hwmon("hwmon0", "amd_energy", "energy17_input", {support::kPackage0}, false);
    tree_.write("/sys/class/hwmon/hwmon0/energy17_label", "Esocket0\n");
    tree_.add_hwmon("hwmon0", "amd_energy", "energy1_input", {support::kCores}, false);
    tree_.write("/sys/class/hwmon/hwmon0/energy1_label", "Ecore000\n");
    tree_.add_hwmon("hwmon2", "power_meter", "power1_average",
                    {support::kPackage0, support::kBoard}, true);
    tree_.add_hwmon("hwmon3", "ina3221", "power1_input", {support::kBoard}, true);
    node = {support::kPackage0, support::kBoard};
    worst = Quality::kIntegrated;
    tolerance = 0.01;
    meter_ = HwmonMeter::create(files_, clock_, {.root = folder_.path()}, findings_).value();
  }
};

class ShuntRig final : public TreeRig {
 public:
  ShuntRig() : TreeRig(support::make_bare) {
    tree_.add_hwmon("hwmon0", "ina3221", "power1_input", {support::kBoard}, true);
    tree_.add_hwmon("hwmon0", "ina3221", "power2_input", {support::kPackage0}, true);
    node = {support::kPackage0, support::kBoard};
    worst = Quality::kIntegrated;
    tolerance = 0.01;
    meter_ = HwmonMeter::create(files_, clock_, {.root = folder_.path()}, findings_).value();
  }
};

/// Writes what the double of NVML says of two GPUs.
class FakeGpus {
 public:
  FakeGpus(const std::string& path, const char* sensor) : path_(path), sensor_(sensor) {
    ::setenv("WATTLE_FAKE_NVML_STATE", path_.c_str(), 1);
  }
  void show(double seconds, bool silent) const {
    std::string text = "gpus 2\n";
    for (const char* gpu : {"0", "1"}) {
      const double value = std::string_view(sensor_) == "energy" ? kGpu.energy_until(seconds) * 1e3
                                                                 : kGpu.power_at(seconds) * 1e3;
      text += std::string(gpu) + "." + sensor_ + " " +
              std::to_string(static_cast<std::uint64_t>(value)) + "\n" + gpu + ".util 50\n";
      if (silent) {
        text += std::string(gpu) + ".fail." + sensor_ + " 15\n";
      }
    }
    std::ofstream(path_) << text;
  }

 private:
  std::string path_;
  const char* sensor_;
};

class NvmlRig final : public Rig {
 public:
  explicit NvmlRig(const char* sensor) : gpus_(folder_ / "nvml", sensor) {
    const bool counts = std::string_view(sensor) == "energy";
    node = {kGpu, kGpu};
    worst = counts ? Quality::kCounter : Quality::kIntegrated;
    tolerance = counts ? 1e-4 : 0.02;  // the counter is in millijoules
    bridges_silence = counts;
    show();
    meter_ = NvmlMeter::create(files_, clock_,
                               {.library = WATTLE_FAKE_NVML, .root = folder_.path()}, findings_)
                 .value();
  }
  void fall_silent() override { gpus_.show(now_, true); }
  void show() override { gpus_.show(now_, false); }

 private:
  FakeGpus gpus_;
};

class ReplayRig final : public Rig {
 public:
  explicit ReplayRig(PowerTrace::Kind kind) {
    PowerTrace trace{.name = "load", .domain = "gpu-0", .kind = kind};
    for (int i = 0; i <= 40'000; ++i) {
      const double at = i * 0.1;
      trace.points.push_back({Seconds(at), kind == PowerTrace::Kind::kPower
                                               ? kGpu.power_at(at)
                                               : kGpu.energy_until(at)});
    }
    node = {kGpu};
    can_fall_silent = false;
    worst = kind == PowerTrace::Kind::kPower ? Quality::kIntegrated : Quality::kCounter;
    tolerance = 0.02;
    meter_ = ReplayMeter::create({trace}, clock_, Seconds(0)).value();
  }
  void fall_silent() override {}
  void show() override {}
};

class ModelRig final : public TreeRig {
 public:
  ModelRig() : TreeRig(support::make_bare), usage_(files_, clock_, folder_.path()) {
    node = {{70, 0, 60}};  // half busy: 20 + 40, and memory
    worst = Quality::kModelled;
    tolerance = 0.02;  // ticks of 10 ms
    meter_ = ModelMeter::create(usage_, clock_,
                                {{.name = "cpu",
                                  .power = [](double load) { return Watts(20 + 80 * load); },
                                  .relative_sigma = 0.2,
                                  .error_cause = "model",
                                  .source = "model: straight line"},
                                 {.name = "dram",
                                  .component = Component::kDram,
                                  .power = [](double) { return Watts(10); },
                                  .relative_sigma = 0.5,
                                  .error_cause = "memory-model",
                                  .source = "model: constant"}})
                 .value();
  }

 private:
  HostUsage usage_;
};

class CompositeRig final : public TreeRig {
 public:
  explicit CompositeRig(SensorTree (*make)(const std::string&), std::vector<Load> loads,
                        bool whole_node_sensor)
      : TreeRig(make), gpus_(folder_ / "nvml", "energy") {
    node = std::move(loads);
    if (whole_node_sensor) {
      tree_.add_hwmon("hwmon1", "power_meter", "power1_average", node, true);
      worst = Quality::kModelled;  // memory, which then comes out of the board
      tolerance = 0.01;
    } else {
      tree_.add_zone("intel-rapl:1", "psys", node);
      tolerance = 1e-4;
    }
    gpus_.show(0, false);
    opened_ =
        open_meters(files_, clock_, {.root = folder_.path(), .nvml_library = WATTLE_FAKE_NVML})
            .value();
    meter_ = std::move(opened_.meter);
  }
  ~CompositeRig() override { meter_.reset(); }
  void fall_silent() override {
    TreeRig::fall_silent();
    gpus_.show(now_, true);
  }
  void show() override {
    TreeRig::show();
    gpus_.show(now_, false);
  }

 private:
  FakeGpus gpus_;
  OpenedMeters opened_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Rig>()> make;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

template <typename T, typename... Arguments>
Kind kind(std::string name, Arguments... arguments) {
  return {std::move(name), [=] { return std::make_unique<T>(arguments...); }};
}

class MeterContract : public ::testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Rig> rig_ = GetParam().make();

  double top_level_energy(const Reading& reading) {
    double sum = 0;
    const auto& domains = rig_->meter().domains();
    for (std::size_t i = 0; i < domains.size(); ++i) {
      sum += domains[i].part_of ? 0 : to_joules(reading.energy[i]).value();
    }
    return sum;
  }
  double true_energy(double from, double until) const {
    double sum = 0;
    for (const auto& load : rig_->node) {
      sum += load.energy_until(until) - load.energy_until(from);
    }
    return sum;
  }
};

TEST_P(MeterContract, DescribesEachDomainCompletely) {
  const auto& domains = rig_->meter().domains();
  ASSERT_FALSE(domains.empty());
  std::set<std::string> names;
  Quality worst = Quality::kCounter;
  for (std::size_t i = 0; i < domains.size(); ++i) {
    const auto& domain = domains[i];
    EXPECT_TRUE(names.insert(domain.name).second) << domain.name << " appears twice";
    EXPECT_FALSE(domain.source.empty()) << domain.name;
    EXPECT_FALSE(domain.error_cause.empty()) << domain.name;
    EXPECT_GT(domain.relative_sigma, 0) << domain.name;
    EXPECT_GE(domain.idle_ratio, 0) << domain.name;
    EXPECT_LE(domain.idle_ratio, 1) << domain.name;
    EXPECT_GT(domain.load_exponent, 0) << domain.name;
    EXPECT_TRUE(!domain.part_of || *domain.part_of < i) << domain.name;
    worst = worse(worst, domain.quality);
  }
  EXPECT_EQ(worst, rig_->worst);
}

TEST_P(MeterContract, ReadsOneValuePerDomain) {
  const auto reading = rig_->meter().read();
  const auto count = rig_->meter().domains().size();
  EXPECT_EQ(reading.energy.size(), count);
  EXPECT_EQ(reading.stale.size(), count);
  EXPECT_EQ(reading.utilisation.size(), count);
}

TEST_P(MeterContract, AddsUpToWhatTheNodeUsed) {
  Rng rng(7);
  const auto first = rig_->meter().read();
  auto last = first;
  for (int i = 0; i < 400; ++i) {
    rig_->advance(0.5 + rng.uniform());
    const auto reading = rig_->meter().read();
    for (std::size_t domain = 0; domain < reading.energy.size(); ++domain) {
      ASSERT_GE(reading.energy[domain], last.energy[domain])
          << rig_->meter().domains()[domain].name << " decreased";
      ASSERT_FALSE(reading.stale[domain]) << rig_->meter().domains()[domain].name;
    }
    last = reading;
  }
  const double used = top_level_energy(last) - top_level_energy(first);
  const double truth = true_energy(0, rig_->now());
  EXPECT_NEAR(used, truth, truth * rig_->tolerance);
}

TEST_P(MeterContract, AddsNothingWhenNothingHasHappened) {
  rig_->advance(3);
  const auto once = rig_->meter().read();
  const auto twice = rig_->meter().read();
  EXPECT_EQ(once.energy, twice.energy);
  EXPECT_EQ(once.at, twice.at);
}

TEST_P(MeterContract, KeepsItsLastValueWhileItsSensorsAreSilent) {
  rig_->advance(10);
  const auto before = rig_->meter().read();
  rig_->advance(10);
  rig_->fall_silent();
  const auto silent = rig_->meter().read();
  if (!rig_->can_fall_silent) {
    return;
  }
  EXPECT_EQ(silent.energy, before.energy);
  for (std::size_t domain = 0; domain < silent.energy.size(); ++domain) {
    EXPECT_TRUE(silent.stale[domain]) << rig_->meter().domains()[domain].name;
  }
  rig_->speak();
  const auto after = rig_->meter().read();
  if (rig_->bridges_silence && rig_->worst == Quality::kCounter) {
    const double truth = true_energy(10, 20);
    EXPECT_NEAR(top_level_energy(after) - top_level_energy(before), truth,
                truth * rig_->tolerance + 0.01);
  }
  for (std::size_t domain = 0; domain < silent.energy.size(); ++domain) {
    EXPECT_FALSE(after.stale[domain]);
    EXPECT_GE(after.energy[domain], before.energy[domain]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, MeterContract,
    ::testing::Values(
        kind<PowercapRig>("IntelClient", support::make_intel_client,
                          std::vector<Load>{support::kPackage0, support::kDram, support::kBoard}),
        kind<PowercapRig>("IntelServer", support::make_intel_server,
                          std::vector<Load>{support::kPackage0, support::kPackage1, support::kDram,
                                            support::kDram}),
        kind<PowercapRig>("Amd", support::make_amd, std::vector<Load>{support::kPackage0}),
        kind<HwmonRig>("HwmonServer"), kind<ShuntRig>("ShuntMonitors"),
        kind<NvmlRig>("GpuCounters", "energy"), kind<NvmlRig>("GpuPower", "power"),
        kind<ReplayRig>("ReplayedPower", PowerTrace::Kind::kPower),
        kind<ReplayRig>("ReplayedEnergy", PowerTrace::Kind::kEnergy), kind<ModelRig>("Model"),
        kind<CompositeRig>(
            "ClientWithGpus", support::make_intel_client,
            std::vector<Load>{support::kPackage0, support::kDram, kGpu, kGpu, {100, 0, 60}}, false),
        kind<CompositeRig>(
            "ServerWithPowerMeter", support::make_amd,
            std::vector<Load>{support::kPackage0, support::kDram, kGpu, kGpu, {100, 0, 60}}, true)),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace wattle::energy
