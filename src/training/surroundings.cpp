#include "surroundings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include <sched.h>
#include <unistd.h>

#include "wattle/base/text.h"

namespace wattle::training {
namespace {

/// "cpu.max" holds "200000 100000" (quota and period) or "max 100000".
int quota_cores(std::string_view cpu_max, int most) {
  const auto parts = split(trim(cpu_max), ' ');
  if (parts.size() != 2) {
    return most;
  }
  const auto quota = parse_number(parts[0]);
  const auto period = parse_number(parts[1]);
  if (!quota.ok() || !period.ok() || *period <= 0) {
    return most;
  }
  return std::clamp(static_cast<int>(std::ceil(*quota / *period)), 1, most);
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
  };
}

void Voice::print(int descriptor, std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor, rest.data(), rest.size());
    if (count <= 0) {
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

Seconds process_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
}

int granted_cores(FileSystem& files) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  const int affinity =
      ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? std::max(1, CPU_COUNT(&mask)) : 1;
  const auto groups = files.read("/proc/self/cgroup");
  if (!groups.ok()) {
    return affinity;
  }
  int cores = affinity;
  for (const auto line : split(*groups, '\n')) {
    if (!line.starts_with("0::/")) {
      continue;
    }
    const auto limit =
        files.read(path_join("/sys/fs/cgroup" + std::string(line.substr(3)), "cpu.max"));
    cores = limit.ok() ? quota_cores(*limit, affinity) : affinity;
  }
  return cores;
}

}  // namespace wattle::training
