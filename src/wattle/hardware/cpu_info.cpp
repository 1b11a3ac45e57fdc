#include "wattle/hardware/cpu_info.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr std::string_view kCpuFolder = "/sys/devices/system/cpu/";

constexpr std::array<std::string_view, 22> kFeatures = {
    "amx_bf16", "amx_int8",    "amx_tile",    "asimd",       "asimddp",  "avx",
    "avx2",     "avx512_bf16", "avx512_fp16", "avx512_vnni", "avx512bw", "avx512dq",
    "avx512f",  "avx512vl",    "avx_vnni",    "bf16",        "f16c",     "fma",
    "i8mm",     "sse4_2",      "sve",         "sve2"};

/// Part numbers of the MIDR register, as in Linux arch/arm64/include/asm/cputype.h.
struct ArmPart {
  std::int64_t implementer;
  std::int64_t part;
  std::string_view vendor;
  std::string_view name;
};
constexpr std::array<ArmPart, 14> kArmParts = {{
    {0x41, 0xd03, "ARM", "Cortex-A53"},
    {0x41, 0xd07, "ARM", "Cortex-A57"},
    {0x41, 0xd08, "ARM", "Cortex-A72"},
    {0x41, 0xd0b, "ARM", "Cortex-A76"},
    {0x41, 0xd0c, "ARM", "Neoverse-N1"},
    {0x41, 0xd40, "ARM", "Neoverse-V1"},
    {0x41, 0xd49, "ARM", "Neoverse-N2"},
    {0x41, 0xd4f, "ARM", "Neoverse-V2"},
    {0x46, 0x001, "Fujitsu", "A64FX"},
    {0x48, 0xd01, "HiSilicon", "TSV110"},
    {0x4e, 0x004, "NVIDIA", "Carmel"},
    {0x51, 0xc00, "Qualcomm", "Falkor"},
    {0xc0, 0xac3, "Ampere", "Ampere-1"},
    {0xc0, 0xac4, "Ampere", "Ampere-1A"},
}};

using Block = std::map<std::string, std::string, std::less<>>;

/// One map per "processor" of /proc/cpuinfo. Lines of a summary block at the end count as one more.
std::vector<Block> parse_cpuinfo(const std::vector<std::string>& lines) {
  std::vector<Block> blocks(1);
  for (const std::string_view line : lines) {
    if (trim(line).empty()) {
      if (!blocks.back().empty()) {
        blocks.emplace_back();
      }
      continue;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      blocks.back()[std::string(trim(line.substr(0, colon)))] = trim(line.substr(colon + 1));
    }
  }
  std::erase_if(blocks, [](const Block& block) { return !block.contains("processor"); });
  return blocks;
}

std::string value_of(const Block& block, std::string_view key) {
  const auto found = block.find(key);
  return found == block.end() ? "" : found->second;
}

/// Decimal, or hexadecimal after "0x"; 0 for anything else.
std::int64_t number_of(const Block& block, std::string_view key) {
  const std::string text = value_of(block, key);
  if (!text.starts_with("0x")) {
    const auto number = parse_integer(text);
    return number ? *number : 0;
  }
  std::int64_t value = 0;
  for (const char digit : std::string_view(text).substr(2, 8)) {
    if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) {
      return 0;
    }
    const int low = std::tolower(static_cast<unsigned char>(digit));
    value = value * 16 + (low <= '9' ? low - '0' : low - 'a' + 10);
  }
  return value;
}

void name_arm(const Block& block, CpuInfo& info) {
  const auto implementer = number_of(block, "CPU implementer");
  const auto part = number_of(block, "CPU part");
  info.family = static_cast<int>(number_of(block, "CPU architecture"));
  info.model_number = static_cast<int>(part);
  info.stepping = static_cast<int>(number_of(block, "CPU revision"));
  const auto known = std::find_if(kArmParts.begin(), kArmParts.end(), [&](const ArmPart& row) {
    return row.implementer == implementer && row.part == part;
  });
  if (known != kArmParts.end()) {
    info.vendor = known->vendor;
    info.model = known->name;
  } else {
    info.vendor = implementer == 0x41 ? "ARM" : "implementer " + value_of(block, "CPU implementer");
    info.model = "part " + value_of(block, "CPU part");
  }
}

void name_cpu(const Block& block, CpuInfo& info) {
  if (block.contains("CPU implementer")) {
    name_arm(block, info);
    return;
  }
  info.vendor = value_of(block, "vendor_id");
  info.model = value_of(block, "model name");
  info.family = static_cast<int>(number_of(block, "cpu family"));
  info.model_number = static_cast<int>(number_of(block, "model"));
  info.stepping = static_cast<int>(number_of(block, "stepping"));
}

void read_features(const Block& block, CpuInfo& info) {
  const std::string flags =
      block.contains("flags") ? value_of(block, "flags") : value_of(block, "Features");
  for (const auto flag : split(flags, ' ')) {
    if (std::find(kFeatures.begin(), kFeatures.end(), flag) != kFeatures.end()) {
      info.features.emplace_back(flag);
    }
    info.hypervisor = info.hypervisor || flag == "hypervisor";
  }
  std::sort(info.features.begin(), info.features.end());
}

/// Sockets and cores as sets of keys: threads of one core share a key.
struct Topology {
  std::set<std::string> sockets;
  std::set<std::string> cores;
};

Topology topology_of_cpuinfo(const std::vector<Block>& blocks) {
  Topology topology;
  for (const auto& block : blocks) {
    if (block.contains("physical id")) {
      const std::string socket = value_of(block, "physical id");
      topology.sockets.insert(socket);
      topology.cores.insert(socket + "/" + value_of(block, "core id"));
    }
  }
  return topology;
}

/// sysfs knows the cores of every architecture. Threads are told by their siblings, not by core_id,
/// which repeats between the dies of a package.
Topology topology_of_sysfs(const HostFiles& files, const std::vector<int>& online) {
  Topology topology;
  for (const int cpu : online) {
    const std::string folder = concat(kCpuFolder, "cpu", cpu, "/topology/");
    const auto socket = files.text(folder + "physical_package_id");
    if (!socket) {
      return {};
    }
    topology.sockets.insert(*socket);
    const auto siblings = files.text(folder + "thread_siblings_list");
    topology.cores.insert(siblings ? *siblings
                                   : *socket + "/" + files.text_or_empty(folder + "core_id"));
  }
  return topology;
}

void count_cpus(const HostFiles& files, const std::vector<Block>& blocks, CpuInfo& info) {
  const auto online = parse_cpu_list(files.text_or_empty(std::string(kCpuFolder) + "online"));
  info.logical_cpus = std::max(1, static_cast<int>(blocks.empty() ? online.size() : blocks.size()));
  auto topology = topology_of_sysfs(files, online);
  if (topology.cores.empty()) {
    topology = topology_of_cpuinfo(blocks);
  }
  info.sockets = std::max(1, static_cast<int>(topology.sockets.size()));
  info.physical_cores =
      topology.cores.empty() ? info.logical_cpus : static_cast<int>(topology.cores.size());
}

/// "32768K" and "32M" as sysfs writes cache sizes.
Bytes cache_size(std::string_view text) {
  std::int64_t unit = 1;
  if (text.ends_with('K')) {
    unit = 1 << 10;
  } else if (text.ends_with('M')) {
    unit = 1 << 20;
  }
  if (unit > 1) {
    text.remove_suffix(1);
  }
  const auto number = parse_integer(text);
  return Bytes(number ? *number * unit : 0);
}

void read_caches(const HostFiles& files, CpuInfo& info) {
  const std::string folder = std::string(kCpuFolder) + "cpu0/cache/";
  for (const auto& index : files.names(folder)) {
    const auto size = files.text(folder + index + "/size");
    if (size) {
      info.last_level_cache = std::max(info.last_level_cache, cache_size(*size));
    }
  }
}

void read_frequency(const HostFiles& files, CpuInfo& info) {
  const std::string folder = std::string(kCpuFolder) + "cpu0/cpufreq/";
  info.frequency_driver = files.text_or_empty(folder + "scaling_driver");
  info.governor = files.text_or_empty(folder + "scaling_governor");
  info.energy_preference = files.text_or_empty(folder + "energy_performance_preference");
  constexpr double kHertzPerKilohertz = 1000;
  info.max_frequency_hertz =
      static_cast<double>(files.integer(folder + "cpuinfo_max_freq").value_or(0)) *
      kHertzPerKilohertz;
  if (const auto off = files.integer(std::string(kCpuFolder) + "intel_pstate/no_turbo")) {
    info.turbo = *off == 0;
  } else if (const auto boost = files.integer(std::string(kCpuFolder) + "cpufreq/boost")) {
    info.turbo = *boost != 0;
  }
}

}  // namespace

std::string_view to_string(VectorLevel level) {
  constexpr std::array<std::string_view, 6> kNames = {"baseline", "avx",         "avx2",
                                                      "avx512",   "avx512_bf16", "amx"};
  return kNames[static_cast<std::size_t>(level)];
}

bool CpuInfo::has_feature(std::string_view name) const {
  return std::find(features.begin(), features.end(), name) != features.end();
}

VectorLevel CpuInfo::vector_level() const {
  // A hypervisor may show a feature and hide one below it; a level needs all below it.
  constexpr std::array<std::string_view, 5> kSteps = {"avx", "avx2", "avx512f", "avx512_bf16",
                                                      "amx_tile"};
  int level = 0;
  for (const auto step : kSteps) {
    if (!has_feature(step)) {
      break;
    }
    ++level;
  }
  return static_cast<VectorLevel>(level);
}

CpuInfo describe_cpus(const HostFiles& files) {
  CpuInfo info;
  const auto blocks = parse_cpuinfo(files.lines("/proc/cpuinfo"));
  if (!blocks.empty()) {
    name_cpu(blocks.front(), info);
    read_features(blocks.front(), info);
  }
  count_cpus(files, blocks, info);
  read_caches(files, info);
  read_frequency(files, info);
  return info;
}

}  // namespace wattle::hardware
