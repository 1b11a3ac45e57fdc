#include "wattle/hardware/doctor.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wattle/base/text.h"
#include "wattle/hardware/host_fixtures.h"
#include "wattle/support/temporary_folder.h"

namespace wattle::hardware {
namespace {

using State = CounterAccess::State;

/// A host on which there is nothing to find.
DoctorFacts healthy() {
  DoctorFacts facts;
  facts.host.architecture = "x86_64";
  facts.host.cpu.vendor = "GenuineIntel";
  facts.host.cpu.features = {"avx", "avx2", "avx512_bf16", "avx512f"};
  facts.host.cpu.logical_cpus = 8;
  facts.host.cpu.governor = "schedutil";
  facts.host.cpu.frequency_driver = "acpi-cpufreq";
  facts.host.granted.cores = 8;
  facts.environment = {{"OMP_WAIT_POLICY", "passive"}, {"OMP_NUM_THREADS", "8"}};
  facts.energy.counters = {{"powercap", "package-0", "/sys/class/powercap/x/energy_uj"}};
  facts.blas_library = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3";
  facts.home = {"/h/.local/share/wattle", true, "ext4", false, false, Bytes(50LL << 30)};
  facts.clock = {true, Seconds(0.01)};
  facts.python = {"/usr/bin/python3", "3.11.2"};
  facts.cgroups = {true, true, false};
  facts.time_zone = "Europe/Berlin";
  facts.carbon_zone = "DE";
  return facts;
}

const Finding* find(const std::vector<Finding>& findings, std::string_view id) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& finding) { return finding.id == id; });
  return found == findings.end() ? nullptr : &*found;
}

testing::AssertionResult says(const std::vector<Finding>& findings, std::string_view id,
                              Severity severity) {
  const auto* finding = find(findings, id);
  if (finding != nullptr && finding->severity == severity && !finding->title.empty()) {
    return testing::AssertionSuccess();
  }
  auto failure = testing::AssertionFailure() << "no " << to_string(severity) << " " << id << " in:";
  for (const auto& other : findings) {
    failure << "\n  " << to_string(other.severity) << " " << other.id;
  }
  return failure;
}

TEST(Doctor, FindsNothingOnAHealthyHost) {
  for (const auto& finding : examine(healthy())) {
    EXPECT_EQ(finding.severity, Severity::kOk) << finding.id << ": " << finding.title;
    EXPECT_EQ(finding.command, "") << finding.id;
  }
}

TEST(Doctor, NamesARemedyForAllThatIsWrongAndPutsTheWorstFirst) {
  auto facts = healthy();
  facts.home.network = true;
  facts.energy.counters[0].state = State::kDenied;
  facts.environment["OPENBLAS_CORETYPE"] = "Haswell";
  const auto findings = examine(facts);
  EXPECT_EQ(findings.front().id, "home.network");
  for (const auto& finding : findings) {
    if (finding.severity >= Severity::kWarning) {
      EXPECT_NE(finding.remedy, "") << finding.id;
    }
  }
}

TEST(DoctorEnergy, DeniedCountersLeadToTheMeter) {
  auto facts = healthy();
  facts.energy.counters[0].state = State::kDenied;
  const auto findings = check_energy(facts);
  ASSERT_TRUE(says(findings, "energy.rapl-denied", Severity::kWarning));
  EXPECT_EQ(find(findings, "energy.rapl-denied")->command, "sudo wattle doctor --fix rapl");
  facts.energy.host_meter = true;
  EXPECT_TRUE(says(check_energy(facts), "energy.host-meter", Severity::kOk));
}

TEST(DoctorEnergy, AbsentCountersAreExplainedByTheMachine) {
  auto facts = healthy();
  facts.energy.counters.clear();
  EXPECT_EQ(check_energy(facts)[0].command, "sudo modprobe intel_rapl_msr");
  facts.host.cpu.vendor = "AuthenticAMD";
  facts.host.cpu.family = 0x15;
  EXPECT_EQ(check_energy(facts)[0].command, "");
  facts.host.cpu.family = 0x19;
  EXPECT_EQ(check_energy(facts)[0].command, "sudo modprobe intel_rapl_msr");
  facts.host.cpu.vendor = "ARM";
  EXPECT_NE(check_energy(facts)[0].remedy.find("hwmon"), std::string::npos);
  facts.host.platform.container = "docker";
  EXPECT_TRUE(says(check_energy(facts), "energy.hidden-by-container", Severity::kWarning));
  facts.host.platform.hypervisor = "nitro";
  facts.host.platform.provider = "Amazon EC2";
  ASSERT_TRUE(says(check_energy(facts), "energy.none-virtual", Severity::kNote));
  EXPECT_NE(check_energy(facts)[0].remedy.find(".metal"), std::string::npos);
}

TEST(DoctorEnergy, NvidiaGpuNeedsNvml) {
  auto facts = healthy();
  EXPECT_EQ(find(check_energy(facts), "energy.nvml-missing"), nullptr);
  facts.host.gpus = {{.vendor = "NVIDIA"}};
  EXPECT_TRUE(says(check_energy(facts), "energy.nvml-missing", Severity::kWarning));
  facts.energy.nvml_library = true;
  EXPECT_TRUE(says(check_energy(facts), "energy.nvml", Severity::kOk));
}

TEST(DoctorNumeric, ReferenceBlasIsToldFromTheOthers) {
  auto facts = healthy();
  for (const auto* library :
       {"/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0",
        "/usr/lib/aarch64-linux-gnu/libblas.so.3", "/usr/lib64/libblas.so.3.10.1"}) {
    facts.blas_library = library;
    EXPECT_TRUE(says(check_numeric_libraries(facts), "numeric.reference-blas", Severity::kWarning))
        << library;
  }
  for (const auto* library :
       {"/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3.10.3",
        "/usr/lib/x86_64-linux-gnu/blis-openmp/libblas.so.3",
        "/usr/lib/x86_64-linux-gnu/libmkl_rt.so", "/usr/lib/libopenblas.so.0"}) {
    facts.blas_library = library;
    EXPECT_TRUE(says(check_numeric_libraries(facts), "numeric.blas", Severity::kOk)) << library;
  }
}

TEST(DoctorNumeric, KernelsOfAnotherCpuAreFoundInBothDirections) {
  struct Case {
    const char* variable;
    const char* value;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"OPENBLAS_CORETYPE", "Haswell", "numeric.kernels-too-old"},
      {"OPENBLAS_CORETYPE", "Cooperlake", "numeric.settings"},
      {"OPENBLAS_CORETYPE", "SapphireRapids", "numeric.settings"},
      {"OPENBLAS_CORETYPE", "Mystery", "numeric.kernels-pinned"},
      {"OPENBLAS_L2_SIZE", "0x80000", "numeric.kernels-pinned"},
      {"MKL_DEBUG_CPU_TYPE", "5", "numeric.kernels-too-old"},
      {"NVPL_BLAS_DEBUG_CPU_TYPE", "1", "numeric.kernels-pinned"},
      {"ONEDNN_MAX_CPU_ISA", "AVX2", "numeric.kernels-too-old"},
      {"ONEDNN_MAX_CPU_ISA", "AVX512_CORE_AMX", "numeric.settings"},
      {"ATEN_CPU_CAPABILITY", "avx2", "numeric.settings"},
      {"ATEN_CPU_CAPABILITY", "default", "numeric.kernels-too-old"},
  };
  for (const auto& [variable, value, expected] : cases) {
    auto facts = healthy();
    facts.environment[variable] = value;
    EXPECT_NE(find(check_numeric_libraries(facts), expected), nullptr) << variable << "=" << value;
  }
  auto old_cpu = healthy();
  old_cpu.host.cpu.features = {"avx", "avx2"};
  old_cpu.environment["OPENBLAS_CORETYPE"] = "SkylakeX";
  EXPECT_TRUE(
      says(check_numeric_libraries(old_cpu), "numeric.kernels-too-new", Severity::kProblem));
  old_cpu.environment["OPENBLAS_CORETYPE"] = "Zen";
  EXPECT_TRUE(says(check_numeric_libraries(old_cpu), "numeric.settings", Severity::kOk));
}

TEST(DoctorThreads, SpinningIsFoundInEverySetting) {
  for (const auto& [variable, value] :
       std::vector<std::pair<const char*, const char*>>{{"OMP_WAIT_POLICY", "ACTIVE"},
                                                        {"GOMP_SPINCOUNT", "infinity"},
                                                        {"GOMP_SPINCOUNT", "30000000000"},
                                                        {"KMP_BLOCKTIME", "infinite"},
                                                        {"KMP_LIBRARY", "turnaround"}}) {
    auto facts = healthy();
    facts.environment[variable] = value;
    EXPECT_TRUE(says(check_threads(facts), "threads.spinning", Severity::kWarning)) << variable;
  }
  auto facts = healthy();
  facts.environment["KMP_BLOCKTIME"] = "0";
  EXPECT_TRUE(says(check_threads(facts), "threads.passive", Severity::kOk));
  facts.environment.erase("OMP_WAIT_POLICY");
  EXPECT_TRUE(says(check_threads(facts), "threads.policy-unset", Severity::kNote));
}

TEST(DoctorThreads, MoreThanTheGrantedCoresIsTooMany) {
  auto facts = healthy();
  facts.host.granted = {1.5, "cgroup2 cpu.max", Bytes(0), ""};
  const auto findings = check_threads(facts);
  ASSERT_TRUE(says(findings, "threads.too-many", Severity::kWarning));
  EXPECT_EQ(find(findings, "threads.too-many")->command, "export OMP_NUM_THREADS=2");
  facts.environment["OMP_NUM_THREADS"] = "2,4";
  EXPECT_EQ(find(check_threads(facts), "threads.too-many"), nullptr);
  EXPECT_EQ(find(check_threads(facts), "threads.quota"), nullptr);
  facts.environment.erase("OMP_NUM_THREADS");
  EXPECT_TRUE(says(check_threads(facts), "threads.quota", Severity::kWarning));
  facts.host.granted.cores_limited_by = "cpuset";  // which runtimes do see
  EXPECT_EQ(find(check_threads(facts), "threads.quota"), nullptr);
}

TEST(DoctorHost, GovernorIsJudgedWithItsDriver) {
  auto facts = healthy();
  facts.host.cpu.governor = "powersave";
  EXPECT_TRUE(says(check_host(facts), "host.governor-slow", Severity::kWarning));
  facts.host.cpu.frequency_driver = "intel_pstate";
  EXPECT_TRUE(says(check_host(facts), "host.governor", Severity::kOk));
  facts.host.cpu.governor = "performance";
  EXPECT_TRUE(says(check_host(facts), "host.governor-fast", Severity::kNote));
  facts.host.platform.shape = Shape::kServer;
  EXPECT_TRUE(says(check_host(facts), "host.governor", Severity::kOk));
  facts.host.cpu.governor = "";
  EXPECT_EQ(find(check_host(facts), "host.governor"), nullptr);
}

TEST(DoctorHost, AccountingFallsDownTheLadder) {
  auto facts = healthy();
  facts.cgroups = {true, false, true};
  EXPECT_NE(find(check_host(facts), "host.accounting")->title.find("version 1"), std::string::npos);
  facts.cgroups = {true, false, false};
  EXPECT_TRUE(says(check_host(facts), "host.accounting-by-process", Severity::kNote));
}

TEST(DoctorHost, ClockIsJudgedByWhoKeepsIt) {
  auto facts = healthy();
  facts.clock.synchronised = false;
  EXPECT_TRUE(says(check_host(facts), "host.clock-unsynchronised", Severity::kWarning));
  facts.host.platform.hypervisor = "kvm";
  EXPECT_TRUE(says(check_host(facts), "host.clock-guest", Severity::kNote));
  facts.clock.synchronised = std::nullopt;
  EXPECT_TRUE(says(check_host(facts), "host.clock-unknown", Severity::kNote));
}

TEST(DoctorHost, PythonOfAnotherEnvironmentIsFound) {
  auto facts = healthy();
  facts.environment["VIRTUAL_ENV"] = "/h/venv";
  EXPECT_TRUE(says(check_host(facts), "host.python-other-environment", Severity::kWarning));
  facts.python.path = "/h/venv/bin/python3";
  EXPECT_TRUE(says(check_host(facts), "host.python", Severity::kOk));
  facts.python.version = "3.7.3";
  EXPECT_TRUE(says(check_host(facts), "host.python-old", Severity::kNote));
  facts.python = {};
  EXPECT_TRUE(says(check_host(facts), "host.python-missing", Severity::kNote));
}

TEST(DoctorHost, HiddenSensorsAreTold) {
  auto facts = healthy();
  facts.sensors_shown = false;
  EXPECT_TRUE(says(check_host(facts), "host.no-sysfs", Severity::kWarning));
}

TEST(DoctorHome, IsJudgedByRightsKindAndSpace) {
  auto facts = healthy();
  facts.home.free = Bytes(500LL << 20);
  EXPECT_TRUE(says(check_home(facts), "home.nearly-full", Severity::kWarning));
  facts.home.free = Bytes(1 << 20);
  EXPECT_TRUE(says(check_home(facts), "home.full", Severity::kProblem));
  facts = healthy();
  facts.home.network = true;
  EXPECT_TRUE(says(check_home(facts), "home.network", Severity::kProblem));
  facts = healthy();
  facts.home.in_memory = true;
  EXPECT_TRUE(says(check_home(facts), "home.in-memory", Severity::kWarning));
  facts = healthy();
  facts.home.filesystem = "overlay";
  EXPECT_TRUE(says(check_home(facts), "home.overlay", Severity::kNote));
  facts.home.filesystem = "";
  EXPECT_TRUE(says(check_home(facts), "home.unknown", Severity::kNote));
  facts.home.writable = false;
  EXPECT_TRUE(says(check_home(facts), "home.unwritable", Severity::kProblem));
}

TEST(DoctorHome, FileSystemsAreKnownByTheirMagicNumbers) {
  EXPECT_TRUE(file_system_kind(0x6969).network);
  EXPECT_TRUE(file_system_kind(0xFF534D42).network);
  EXPECT_TRUE(file_system_kind(0x01021994).in_memory);
  EXPECT_EQ(file_system_kind(0xEF53).name, "ext4");
  EXPECT_EQ(file_system_kind(0xABC).name, "0xabc");
}

TEST(DoctorZone, IsConfiguredGuessedOrUnknown) {
  auto facts = healthy();
  EXPECT_TRUE(says(check_zone(facts), "zone.configured", Severity::kOk));
  facts.carbon_zone = "";
  EXPECT_TRUE(says(check_zone(facts), "zone.guessed", Severity::kNote));
  for (const auto* zone : {"", "UTC", "Etc/UTC", "CET"}) {
    facts.time_zone = zone;
    EXPECT_TRUE(says(check_zone(facts), "zone.unknown", Severity::kWarning)) << zone;
  }
}

TEST(DoctorFacts, CountersOfATreeAreTriedByReadingThem) {
  RealFileSystem files;
  const support::TemporaryFolder folder;
  const HostFiles host(files, folder.path());
  EXPECT_FALSE(find_energy_counters(host).powercap_shown);
  write_laptop(folder.path());
  put(folder.path(), "/sys/class/powercap/intel-rapl:1/name", "psys\n");
  put(folder.path(), "/sys/class/powercap/intel-rapl:1/energy_uj", "no number\n");
  put(folder.path(), "/sys/class/hwmon/hwmon3/name", "ina3221\n");
  put(folder.path(), "/sys/class/hwmon/hwmon3/power1_input", "4000000\n");
  put(folder.path(), "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", "");
  const auto facts = find_energy_counters(host);
  ASSERT_EQ(facts.counters.size(), 3U);
  EXPECT_EQ(facts.counters[0].name, "package-0");
  EXPECT_EQ(facts.counters[0].state, State::kReadable);
  EXPECT_EQ(facts.counters[1].state, State::kBroken);
  EXPECT_EQ(facts.counters[2].source, "hwmon");
  EXPECT_TRUE(facts.nvml_library);
}

TEST(DoctorFacts, LinksAreFollowedBelowTheRoot) {
  RealFileSystem files;
  const support::TemporaryFolder folder;
  const std::string library = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3";
  put(folder.path(), library, "");
  put(folder.path(), "/etc/alternatives/readme", "");
  std::filesystem::create_symlink(library, folder / "etc/alternatives/blas");
  std::filesystem::create_symlink("/etc/alternatives/blas",
                                  folder / "usr/lib/x86_64-linux-gnu/libblas.so.3");
  std::filesystem::create_symlink("loop", folder / "loop");
  const HostFiles host(files, folder.path());
  EXPECT_EQ(host.resolve("/usr/lib/x86_64-linux-gnu/libblas.so.3"), library);
  EXPECT_EQ(host.resolve("/loop"), "");
  EXPECT_EQ(host.resolve("/nothing"), "");
}

TEST(DoctorFacts, TimeZoneComesFromEnvironmentThenFilesThenLink) {
  RealFileSystem files;
  const support::TemporaryFolder folder;
  const HostFiles host(files, folder.path());
  EXPECT_EQ(find_time_zone(host, {}), "");
  put(folder.path(), "/usr/share/zoneinfo/Asia/Tokyo", "");
  std::filesystem::create_directories(folder / "etc");
  std::filesystem::create_symlink("/usr/share/zoneinfo/Asia/Tokyo", folder / "etc/localtime");
  EXPECT_EQ(find_time_zone(host, {}), "Asia/Tokyo");
  put(folder.path(), "/etc/timezone", "Europe/Oslo\n");
  EXPECT_EQ(find_time_zone(host, {}), "Europe/Oslo");
  EXPECT_EQ(find_time_zone(host, {{"TZ", ":America/Lima"}}), "America/Lima");
}

TEST(DoctorFacts, OfThisHostCanBeCollectedAndReported) {
  RealFileSystem files;
  RealSubprocess subprocess;
  const support::TemporaryFolder folder;
  const HostFiles host(files, "/");
  const auto facts = collect_facts({.host_files = host,
                                    .files = files,
                                    .subprocess = subprocess,
                                    .environment = read_environment(environ),
                                    .home = folder / "not/yet/made",
                                    .carbon_zone = ""},
                                   ask_kernel());
  EXPECT_TRUE(facts.home.writable);
  EXPECT_GT(facts.home.free.value(), 0);
  EXPECT_TRUE(facts.environment.contains("PATH"));
  EXPECT_FALSE(files.exists(folder / "not"));
  const auto findings = examine(facts);
  EXPECT_GE(findings.size(), 8U);
  EXPECT_EQ(doctor_report(facts, findings)["findings"].size(), findings.size());
}

}  // namespace
}  // namespace wattle::hardware
