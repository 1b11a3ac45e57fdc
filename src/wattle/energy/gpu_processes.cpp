#include "wattle/energy/gpu_processes.h"

#include <algorithm>
#include <cmath>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {
constexpr Seconds kForgetAfter{60};
constexpr std::string_view kOwnerVariable = "WATTLE_ATTEMPT=";
}  // namespace

std::string owner_from_environment(std::string_view block) {
  for (const auto entry : split(block, '\0')) {
    if (entry.starts_with(kOwnerVariable)) {
      return std::string(entry.substr(kOwnerVariable.size()));
    }
  }
  return {};
}

GpuProcesses::Entry& GpuProcesses::entry(std::int32_t pid, BootTime at) {
  auto [found, is_new] = entries_.try_emplace(pid);
  if (is_new) {
    const auto block = sensors_.read(concat("/proc/", pid, "/environ"));
    found->second.owner = block ? owner_from_environment(*block) : "";
  }
  found->second.seen = at;
  return found->second;
}

std::uint64_t GpuProcesses::first_unknown(const std::vector<NvmlLibrary::ProcessSample>& samples,
                                          BootTime at) const {
  const auto elapsed = static_cast<std::uint64_t>((at - last_at_).value() * 1e6);
  const auto newest = samples.empty() ? 0 : samples.back().stamp_microseconds;
  return std::max(last_stamp_, newest - std::min(newest, elapsed));
}

void GpuProcesses::add_samples(std::vector<NvmlLibrary::ProcessSample> samples, BootTime at) {
  std::ranges::sort(samples, {}, &NvmlLibrary::ProcessSample::stamp_microseconds);
  const std::uint64_t since = first_unknown(samples, at);
  std::map<std::int32_t, std::uint64_t> covered;  // by process: how far its samples reach
  for (const auto& sample : samples) {
    auto& process = entry(sample.pid, at);
    auto& reached = covered.try_emplace(sample.pid, since).first->second;
    if (last_at_ != BootTime{} && sample.stamp_microseconds > reached) {
      process.busy_microseconds +=
          sample.busy_ratio * static_cast<double>(sample.stamp_microseconds - reached);
    }
    reached = std::max(reached, sample.stamp_microseconds);
    last_stamp_ = std::max(last_stamp_, sample.stamp_microseconds);
  }
  last_at_ = at;
}

void GpuProcesses::add_equal_shares(std::span<const std::int32_t> pids, double busy_ratio,
                                    BootTime at) {
  const Seconds elapsed = at - last_at_;
  const bool known = last_at_ != BootTime{} && std::isfinite(busy_ratio);
  for (const auto pid : pids) {
    auto& process = entry(pid, at);
    if (known) {
      process.busy_microseconds +=
          elapsed.value() * 1e6 * busy_ratio / static_cast<double>(pids.size());
    }
  }
  last_at_ = at;
}

std::vector<GpuProcess> GpuProcesses::list(BootTime at) {
  std::erase_if(entries_, [&](const auto& item) { return at - item.second.seen > kForgetAfter; });
  std::vector<GpuProcess> processes;
  for (const auto& [pid, entry] : entries_) {
    processes.push_back({.domain = domain_,
                         .pid = pid,
                         .owner = entry.owner,
                         .busy_microseconds = std::llround(entry.busy_microseconds)});
  }
  return processes;
}

}  // namespace wattle::energy
