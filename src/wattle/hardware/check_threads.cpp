#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "wattle/base/text.h"
#include "wattle/hardware/doctor.h"

namespace wattle::hardware {
namespace {

std::string setting(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : to_lower(trim(found->second));
}

constexpr std::string_view kSpinningCost =
    "Threads that spin burn a core while they wait. On a shared host, two spinning threads made a "
    "training up to 38 times slower than one.";

Finding spins(std::string_view variable, const std::string& value) {
  return {
      Severity::kWarning,
      "threads.spinning",
      concat(variable, "=", value, " makes waiting threads spin"),
      std::string(kSpinningCost),
      "let them sleep; `wattle run` and `wattle measure` set OMP_WAIT_POLICY=passive only where "
      "it is unset",
      concat("unset ", variable, "; export OMP_WAIT_POLICY=passive")};
}

bool is_endless(const std::string& value) {
  // libgomp's own default of an active policy is thirty billion; a million is milliseconds.
  constexpr std::int64_t kLong = 100'000'000;
  const auto number = parse_integer(value);
  return value == "infinite" || value == "infinity" || (number && *number >= kLong);
}

std::vector<Finding> check_spinning(const DoctorFacts& facts) {
  std::vector<Finding> findings;
  const std::string policy = setting(facts.environment, "OMP_WAIT_POLICY");
  if (policy == "active") {
    findings.push_back(spins("OMP_WAIT_POLICY", policy));
  }
  if (const auto count = setting(facts.environment, "GOMP_SPINCOUNT"); is_endless(count)) {
    findings.push_back(spins("GOMP_SPINCOUNT", count));
  }
  if (const auto time = setting(facts.environment, "KMP_BLOCKTIME"); is_endless(time)) {
    findings.push_back(spins("KMP_BLOCKTIME", time));
  }
  if (const auto mode = setting(facts.environment, "KMP_LIBRARY"); mode == "turnaround") {
    findings.push_back(spins("KMP_LIBRARY", mode));
  }
  if (!findings.empty()) {
    return findings;
  }
  if (policy == "passive") {
    return {{Severity::kOk, "threads.passive", "waiting threads sleep", "OMP_WAIT_POLICY=passive",
             "", ""}};
  }
  return {
      {Severity::kNote, "threads.policy-unset",
       "OMP_WAIT_POLICY is not set: OpenMP threads spin for a while before they sleep",
       std::string(kSpinningCost),
       "nothing for commands under `wattle run` and `wattle measure`, which set it; for others, "
       "set it in your profile",
       "export OMP_WAIT_POLICY=passive"}};
}

/// The first number of "8" or "8,2"; 0 when there is none.
std::int64_t thread_count(const std::string& value) {
  const auto number = parse_integer(trim(split(value, ',').front()));
  return number ? *number : 0;
}

std::int64_t useful_threads(const Grant& granted) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(granted.cores)));
}

std::vector<Finding> check_counts(const DoctorFacts& facts) {
  constexpr std::array<std::string_view, 6> kVariables = {
      "OMP_NUM_THREADS",  "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
      "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS",  "TBB_NUM_THREADS"};
  const std::int64_t most = useful_threads(facts.host.granted);
  std::vector<Finding> findings;
  for (const auto variable : kVariables) {
    const std::int64_t threads = thread_count(setting(facts.environment, variable));
    if (threads > most) {
      findings.push_back({Severity::kWarning, "threads.too-many",
                          concat(variable, "=", threads, " starts more threads than cores"),
                          fmt::format("{:g} cores are granted here. More threads wait for each "
                                      "other, and spin while they do.",
                                      facts.host.granted.cores),
                          "use one thread per granted core",
                          concat("export ", variable, "=", most)});
    }
  }
  return findings;
}

/// A runtime counts the CPUs it may run on, and does not know of a quota.
std::vector<Finding> check_quota(const DoctorFacts& facts) {
  const auto& granted = facts.host.granted;
  const bool by_quota = granted.cores_limited_by.find("cpu") != std::string::npos &&
                        granted.cores_limited_by != "cpuset";
  if (!by_quota || !setting(facts.environment, "OMP_NUM_THREADS").empty()) {
    return {};
  }
  return {
      {Severity::kWarning, "threads.quota",
       fmt::format("{:g} of {} CPUs are granted, and OpenMP will start a thread on each CPU it "
                   "sees",
                   granted.cores, facts.host.cpu.logical_cpus),
       "The limit is a quota (" + granted.cores_limited_by +
           "), which thread runtimes do not look at: their threads use it up early in each "
           "period and all stand still for the rest.",
       "nothing for commands under `wattle run` and `wattle measure`, which set it; else set it",
       concat("export OMP_NUM_THREADS=", useful_threads(granted))}};
}

}  // namespace

std::vector<Finding> check_threads(const DoctorFacts& facts) {
  auto findings = check_spinning(facts);
  for (const auto check : {check_counts, check_quota}) {
    for (auto& finding : check(facts)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace wattle::hardware
