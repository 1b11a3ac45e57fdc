// What a process group has used so far.
#include <algorithm>

#include "wattle/energy/process_group.h"

namespace wattle::energy {
namespace {

constexpr std::int64_t kBytesPerBlock = 512;   // unit of ru_inblock and ru_oublock
constexpr std::size_t kWalkedPerSample = 256;  // processes asked for their I/O at each tick

}  // namespace

void ProcessGroup::reaped(pid_t pid, const rusage& usage) {
  const auto known = platform_.find(pid);
  const bool is_platform = known != platform_.end() && known->second;
  if (known != platform_.end()) {
    platform_.erase(known);
  }
  if (is_platform) {
    return;
  }
  const auto microseconds = [](const timeval& time) {
    return time.tv_sec * 1'000'000 + time.tv_usec;
  };
  reaped_microseconds_ += microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  reaped_io_.read_bytes += usage.ru_inblock * kBytesPerBlock;
  reaped_io_.written_bytes += usage.ru_oublock * kBytesPerBlock;
  reaped_peak_bytes_ = std::max<std::int64_t>(reaped_peak_bytes_, usage.ru_maxrss * 1024);
}

std::int64_t ProcessGroup::cpu_microseconds(const std::vector<pid_t>& living) const {
  if (unified_ != nullptr) {
    return unified_->value("cpu.stat", "usage_usec").value_or(0);
  }
  if (cpuacct_ != nullptr) {
    return cpuacct_->number("cpuacct.usage").value_or(0) / 1000;
  }
  std::int64_t sum = reaped_microseconds_;
  for (const pid_t pid : living) {
    const auto facts = read_process(pid);
    sum += facts ? facts->cpu_microseconds : 0;
  }
  return sum;
}

ProcessIo ProcessGroup::io(const std::vector<pid_t>& living) const {
  ProcessIo sum = reaped_io_;
  // Parents are asked before their children: a child that is waited for in between is missed now
  // and counted next time, never counted twice.
  for (std::size_t i = 0; i < std::min(living.size(), kWalkedPerSample); ++i) {
    const auto io = read_process_io(living[i]).value_or(ProcessIo{});
    sum.read_bytes += io.read_bytes;
    sum.written_bytes += io.written_bytes;
  }
  return sum;
}

void ProcessGroup::measure_memory(const std::vector<pid_t>& living, GroupSample& sample) const {
  if (memory_ != nullptr) {
    sample.memory_bytes = memory_->number("memory.usage_in_bytes").value_or(0);
    sample.memory_peak_bytes = memory_->number("memory.max_usage_in_bytes").value_or(0);
  } else if (unified_ != nullptr && unified_->number("memory.current")) {
    sample.memory_bytes = unified_->number("memory.current").value_or(0);
    sample.memory_peak_bytes =
        unified_->number("memory.peak").value_or(reaped_peak_bytes_);  // since Linux 5.19
  } else {
    for (const pid_t pid : living) {
      const auto facts = read_process(pid);
      sample.memory_bytes += facts ? facts->memory_bytes : 0;
    }
    sample.memory_peak_bytes = reaped_peak_bytes_;
  }
}

std::optional<Observation> ProcessGroup::observation() {
  return observed_ ? observed_->take_change(last_.at) : std::nullopt;
}

GroupSample ProcessGroup::sample(BootTime at) {
  const auto living = groups_.empty() ? descendants() : grouped();
  const auto seen = observed_ ? observed_->look() : ObservedTree::Use();
  GroupSample sample{.at = at};
  sample.cpu_microseconds =
      std::max(last_.cpu_microseconds, cpu_microseconds(living) + seen.cpu_microseconds);
  const auto transferred = io(living);
  sample.read_bytes = std::max(last_.read_bytes, transferred.read_bytes + seen.io.read_bytes);
  sample.written_bytes =
      std::max(last_.written_bytes, transferred.written_bytes + seen.io.written_bytes);
  measure_memory(living, sample);
  sample.memory_bytes += seen.memory_bytes;
  sample.memory_peak_bytes =
      std::max({last_.memory_peak_bytes, sample.memory_peak_bytes, sample.memory_bytes});
  sample.processes = static_cast<std::uint32_t>(living.size()) + seen.processes;
  last_ = sample;
  return sample;
}

}  // namespace wattle::energy
