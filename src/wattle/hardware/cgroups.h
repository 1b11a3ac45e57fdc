// What the control groups of this process allow: CPUs, memory; and where they can be seen.
//
// Units:    cores as a number of CPUs (2.5 is two and a half), Bytes.
// Errors:   none; a group that cannot be read does not limit.
// Threads:  pure functions over HostFiles. Lifetime: value types.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wattle/base/units.h"
#include "wattle/hardware/host_files.h"

namespace wattle::hardware {

/// The group of this process in one hierarchy, as folders below the root of HostFiles.
struct CgroupPlace {
  std::string mount;   // "/sys/fs/cgroup/cpu"
  std::string folder;  // the group itself: the mount or a folder below it
};

/// Where the groups of this process are. Version 1 has one place per controller.
struct CgroupView {
  std::optional<CgroupPlace> unified;            // version 2
  std::vector<std::string> unified_controllers;  // what version 2 offers to this group
  std::map<std::string, CgroupPlace, std::less<>> controllers;  // version 1, by controller
};

CgroupView find_cgroups(const HostFiles& files);

/// What this process may use of the host, and which rule is the narrowest.
struct Grant {
  double cores = 1;
  std::string cores_limited_by;  // "", "affinity", "cpuset", "cgroup2 cpu.max", "cgroup1 cpu quota"
  Bytes memory{0};
  std::string memory_limited_by;  // "", "cgroup2 memory.max", "cgroup1 memory limit"
};

/// The least of the host, the scheduling affinity and every group from this one up to its mount.
struct HostCapacity {
  std::vector<int> online;    // CPU numbers
  std::vector<int> affinity;  // sched_getaffinity; empty: unknown, taken as all
  Bytes memory{0};
};
Grant granted_to_us(const HostFiles& files, const CgroupView& view, const HostCapacity& host);

}  // namespace wattle::hardware
