#include "wattle/energy/host_usage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <limits>

#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::energy {
namespace {

constexpr Seconds kFresh{0.005};
constexpr std::size_t kMostCpus = 8192;  // NR_CPUS of the largest configurations
enum Column : std::size_t { kUser, kNice, kSystem, kIdle, kIoWait, kIrq, kSoftIrq, kColumns };

/// The columns behind "cpu" or "cpuN"; those that an old kernel lacks stay zero.
CpuTimes parse_columns(std::string_view text, std::int64_t microseconds_per_tick) {
  std::array<std::int64_t, kColumns> ticks{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (auto& column : ticks) {
    while (at != end && *at == ' ') {
      ++at;
    }
    at = std::from_chars(at, end, column).ptr;
  }
  const auto busy = ticks[kUser] + ticks[kNice] + ticks[kSystem] + ticks[kIrq] + ticks[kSoftIrq];
  return {busy * microseconds_per_tick, (ticks[kIdle] + ticks[kIoWait]) * microseconds_per_tick};
}

void store_cpu(HostCpuTimes& times, std::string_view line, std::int64_t microseconds_per_tick) {
  const auto space = line.find(' ');
  const std::string_view name = line.substr(0, space);
  const std::string_view columns = line.substr(std::min(space, line.size()));
  if (name == "cpu") {
    times.all = parse_columns(columns, microseconds_per_tick);
    return;
  }
  const auto number = parse_integer(name.substr(3));
  if (!number || *number < 0 || *number >= static_cast<std::int64_t>(kMostCpus)) {
    return;
  }
  const auto index = static_cast<std::size_t>(*number);
  times.cpus.resize(std::max(times.cpus.size(), index + 1));
  times.cpus[index] = parse_columns(columns, microseconds_per_tick);
  ++times.online;
}

}  // namespace

double utilisation_between(const CpuTimes& before, const CpuTimes& after) {
  const auto busy = std::max<std::int64_t>(after.busy_microseconds - before.busy_microseconds, 0);
  // The kernel lets idle time step back a little when a CPU sleeps without ticks.
  const auto idle = std::max<std::int64_t>(after.idle_microseconds - before.idle_microseconds, 0);
  if (busy + idle == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(busy) / static_cast<double>(busy + idle);
}

Result<HostCpuTimes> parse_proc_stat(std::string_view text, std::int64_t ticks_per_second) {
  HostCpuTimes times;
  if (!text.starts_with("cpu ")) {
    return Error(ErrorCode::kParse, "/proc/stat does not begin with the line 'cpu'");
  }
  const std::int64_t microseconds_per_tick =
      1'000'000 / std::max<std::int64_t>(ticks_per_second, 1);
  while (text.starts_with("cpu")) {
    const auto end = std::min(text.find('\n'), text.size());
    store_cpu(times, text.substr(0, end), microseconds_per_tick);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return times;
}

HostUsage::HostUsage(FileSystem& files, const Clock& clock, std::string root)
    : sensors_(files, std::move(root)), clock_(clock) {}

Result<HostCpuTimes> HostUsage::read() {
  const BootTime now = clock_.boot_now();
  if (last_ && now - last_at_ < kFresh) {
    return *last_;
  }
  WATTLE_ASSIGN_OR_RETURN(const auto text, sensors_.read("/proc/stat"));
  WATTLE_ASSIGN_OR_RETURN(auto times, parse_proc_stat(text, ::sysconf(_SC_CLK_TCK)));
  if (last_) {
    times.all.busy_microseconds =
        std::max(times.all.busy_microseconds, last_->all.busy_microseconds);
  }
  last_ = std::move(times);
  last_at_ = now;
  return *last_;
}

std::int64_t own_cpu_microseconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000 + used.tv_nsec / 1000;
}

}  // namespace wattle::energy
