#include "wattle/hardware/cgroups.h"

#include <algorithm>
#include <iterator>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

/// One line of /proc/self/mountinfo, as far as it is needed (proc(5)).
struct Mount {
  std::string root;   // the folder of the file system that is mounted
  std::string point;  // where
  std::string type;
  std::vector<std::string> options;  // of the super block: version 1 names its controllers there
};

std::optional<Mount> parse_mount(std::string_view line) {
  const auto separator = line.find(" - ");
  if (separator == std::string_view::npos) {
    return std::nullopt;
  }
  const auto left = split(line.substr(0, separator), ' ');
  const auto right = split(line.substr(separator + 3), ' ');
  if (left.size() < 5 || right.size() < 3) {
    return std::nullopt;
  }
  Mount mount{std::string(left[3]), std::string(left[4]), std::string(right[0]), {}};
  for (const auto option : split(right[2], ',')) {
    mount.options.emplace_back(option);
  }
  return mount;
}

/// A container sees its own group at the mount itself: the path in /proc/self/cgroup is then that
/// of the host, and starts with the mounted root, or leads to nothing.
CgroupPlace place_of(const HostFiles& files, const Mount& mount, std::string_view group) {
  std::string_view rest = group;
  if (mount.root != "/" && rest.starts_with(mount.root)) {
    rest.remove_prefix(mount.root.size());
  }
  while (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  std::string folder = rest.empty() ? mount.point : path_join(mount.point, rest);
  if (!files.exists(folder)) {
    folder = mount.point;
  }
  return {mount.point, folder};
}

/// Group of this process by controller; "" is version 2.
std::map<std::string, std::string, std::less<>> groups_of_us(const HostFiles& files) {
  std::map<std::string, std::string, std::less<>> groups;
  for (const std::string& line : files.lines("/proc/self/cgroup")) {
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) {
      continue;
    }
    const std::string_view names = std::string_view(line).substr(first + 1, second - first - 1);
    for (const auto controller : split(names, ',')) {
      groups[std::string(controller)] = line.substr(second + 1);
    }
  }
  return groups;
}

/// The group's folder and those above it, up to the mount.
std::vector<std::string> chain(const CgroupPlace& place) {
  std::vector<std::string> folders;
  std::string folder = place.folder;
  while (folder.size() > place.mount.size()) {
    folders.push_back(folder);
    folder.resize(folder.rfind('/'));
  }
  folders.push_back(place.mount);
  return folders;
}

void limit_cores(Grant& grant, double cores, std::string_view why) {
  if (cores > 0 && cores < grant.cores) {
    grant.cores = cores;
    grant.cores_limited_by = why;
  }
}

void limit_memory(Grant& grant, std::optional<std::int64_t> bytes, std::string_view why) {
  if (bytes && *bytes > 0 && (grant.memory.value() == 0 || *bytes < grant.memory.value())) {
    grant.memory = Bytes(*bytes);
    grant.memory_limited_by = why;
  }
}

/// "50000 100000" is half a core; "max 100000" is no limit, 0.
double parse_cpu_max(std::string_view text) {
  const auto parts = split(trim(text), ' ');
  if (parts.size() != 2) {
    return 0;
  }
  const auto quota = parse_number(parts[0]);
  const auto period = parse_number(parts[1]);
  return quota && period && *period > 0 ? *quota / *period : 0;
}

void apply_unified(const HostFiles& files, const CgroupPlace& place, Grant& grant) {
  for (const auto& folder : chain(place)) {
    limit_cores(grant, parse_cpu_max(files.text_or_empty(folder + "/cpu.max")), "cgroup2 cpu.max");
    limit_memory(grant, files.integer(folder + "/memory.max"), "cgroup2 memory.max");
  }
}

void apply_version_1(const HostFiles& files, const CgroupView& view, Grant& grant) {
  if (const auto cpu = view.controllers.find("cpu"); cpu != view.controllers.end()) {
    for (const auto& folder : chain(cpu->second)) {
      const auto quota = files.integer(folder + "/cpu.cfs_quota_us");
      const auto period = files.integer(folder + "/cpu.cfs_period_us");
      if (quota && period && *quota > 0 && *period > 0) {
        limit_cores(grant, static_cast<double>(*quota) / static_cast<double>(*period),
                    "cgroup1 cpu quota");
      }
    }
  }
  if (const auto memory = view.controllers.find("memory"); memory != view.controllers.end()) {
    for (const auto& folder : chain(memory->second)) {
      limit_memory(grant, files.integer(folder + "/memory.limit_in_bytes"), "cgroup1 memory limit");
    }
  }
}

/// The CPUs of the cpuset; empty when there is none.
std::vector<int> cpuset_of(const HostFiles& files, const CgroupView& view) {
  if (const auto old = view.controllers.find("cpuset"); old != view.controllers.end()) {
    auto cpus = parse_cpu_list(files.text_or_empty(old->second.folder + "/cpuset.effective_cpus"));
    return cpus.empty() ? parse_cpu_list(files.text_or_empty(old->second.folder + "/cpuset.cpus"))
                        : cpus;
  }
  return view.unified
             ? parse_cpu_list(files.text_or_empty(view.unified->folder + "/cpuset.cpus.effective"))
             : std::vector<int>();
}

std::vector<int> intersection(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

/// The controllers of version 1 that are mounted here and of which we are in a group.
template <typename Groups>
void add_controllers(const HostFiles& files, const Mount& mount, const Groups& groups,
                     CgroupView& view) {
  for (const auto& option : mount.options) {
    if (const auto group = groups.find(option); group != groups.end()) {
      view.controllers.emplace(option, place_of(files, mount, group->second));
    }
  }
}

}  // namespace

CgroupView find_cgroups(const HostFiles& files) {
  CgroupView view;
  const auto groups = groups_of_us(files);
  for (const std::string& line : files.lines("/proc/self/mountinfo")) {
    const auto mount = parse_mount(line);
    if (!mount) {
      continue;
    }
    if (mount->type == "cgroup2" && groups.contains("") && !view.unified) {
      view.unified = place_of(files, *mount, groups.find("")->second);
    } else if (mount->type == "cgroup") {
      add_controllers(files, *mount, groups, view);
    }
  }
  if (view.unified) {
    const std::string text = files.text_or_empty(view.unified->folder + "/cgroup.controllers");
    for (const auto controller : split(text, ' ')) {
      if (!controller.empty()) {
        view.unified_controllers.emplace_back(controller);
      }
    }
  }
  return view;
}

Grant granted_to_us(const HostFiles& files, const CgroupView& view, const HostCapacity& host) {
  Grant grant;
  grant.cores = std::max(1.0, static_cast<double>(host.online.size()));
  grant.memory = host.memory;
  auto usable = host.online;
  if (!host.affinity.empty()) {
    usable = intersection(usable, host.affinity);
    limit_cores(grant, static_cast<double>(usable.size()), "affinity");
  }
  if (const auto cpuset = cpuset_of(files, view); !cpuset.empty()) {
    limit_cores(grant, static_cast<double>(intersection(usable, cpuset).size()), "cpuset");
  }
  if (view.unified) {
    apply_unified(files, *view.unified, grant);
  }
  apply_version_1(files, view, grant);
  return grant;
}

}  // namespace wattle::hardware
