#include "wattle/hardware/platform.h"

#include <algorithm>
#include <array>

#include "wattle/base/text.h"

namespace wattle::hardware {
namespace {

constexpr std::string_view kDmi = "/sys/class/dmi/id/";

/// What the firmware of a provider's or hypervisor's machines calls itself. The first that fits
/// wins.
struct Firmware {
  std::string_view field;   // file of /sys/class/dmi/id
  std::string_view prefix;  // of its text
  std::string_view hypervisor;
  std::string_view provider;
};
constexpr std::array<Firmware, 20> kFirmware = {{
    {"sys_vendor", "Amazon EC2", "nitro", "Amazon EC2"},
    {"product_name", "Google Compute Engine", "kvm", "Google Cloud"},
    // The tag that Azure documents for its hosts; without it the same vendor and product are
    // Hyper-V.
    {"chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", "hyper-v", "Microsoft Azure"},
    {"chassis_asset_tag", "OracleCloud.com", "kvm", "Oracle Cloud"},
    {"sys_vendor", "Alibaba Cloud", "kvm", "Alibaba Cloud"},
    {"sys_vendor", "Tencent Cloud", "kvm", "Tencent Cloud"},
    {"sys_vendor", "DigitalOcean", "kvm", "DigitalOcean"},
    {"sys_vendor", "Hetzner", "kvm", "Hetzner"},
    {"sys_vendor", "Scaleway", "kvm", "Scaleway"},
    {"sys_vendor", "Vultr", "kvm", "Vultr"},
    {"sys_vendor", "Linode", "kvm", "Akamai"},
    {"product_name", "OpenStack", "kvm", "an OpenStack cloud"},
    {"product_name", "VMware", "vmware", ""},
    {"product_name", "VirtualBox", "virtualbox", ""},
    {"product_name", "Parallels", "parallels", ""},
    {"product_name", "HVM domU", "xen", ""},
    {"sys_vendor", "Xen", "xen", ""},
    {"product_name", "KVM", "kvm", ""},
    {"sys_vendor", "QEMU", "kvm", ""},
    {"product_name", "Virtual Machine", "hyper-v", ""},
}};

void read_firmware(const HostFiles& files, bool cpu_says_virtual, Platform& platform) {
  platform.vendor = files.text_or_empty(concat(kDmi, "sys_vendor"));
  platform.product = files.text_or_empty(concat(kDmi, "product_name"));
  const auto fits = [&](const Firmware& row) {
    return files.text_or_empty(concat(kDmi, row.field)).starts_with(row.prefix);
  };
  const auto known = std::find_if(kFirmware.begin(), kFirmware.end(), fits);
  if (known != kFirmware.end()) {
    platform.provider = known->provider;
    // Providers rent whole machines too: their firmware has the same vendor, their CPU no
    // hypervisor.
    const bool bare_metal = !cpu_says_virtual && platform.product.ends_with(".metal");
    platform.hypervisor = bare_metal ? "" : known->hypervisor;
  } else if (cpu_says_virtual) {
    platform.hypervisor = "unknown";
  }
}

/// ARM guests have no CPU flag and often no DMI; Xen tells itself on its own.
void read_other_hypervisors(const HostFiles& files, Platform& platform) {
  const auto type = files.text_or_empty("/sys/hypervisor/type");
  if (platform.hypervisor.empty() && !type.empty()) {
    platform.hypervisor = type;
  }
  const auto tree = files.text_or_empty("/proc/device-tree/hypervisor/compatible");
  if (platform.hypervisor.empty() && !tree.empty()) {
    platform.hypervisor = tree.find("kvm") != std::string::npos ? "kvm" : "unknown";
  }
}

std::string container_by_group(const HostFiles& files) {
  struct Hint {
    std::string_view word;
    std::string_view container;
  };
  constexpr std::array<Hint, 6> kHints = {{{"kubepods", "kubernetes"},
                                           {"libpod", "podman"},
                                           {"docker", "docker"},
                                           {"lxc", "lxc"},
                                           {"containerd", "containerd"},
                                           {"machine.slice/machine-", "systemd-nspawn"}}};
  // The group of process 1 is the container's; ours, on a host, may hold such a word by chance.
  const auto groups = files.text_or_empty("/proc/1/cgroup");
  for (const auto& hint : kHints) {
    if (groups.find(hint.word) != std::string::npos) {
      return std::string(hint.container);
    }
  }
  return "";
}

std::string find_container(const HostFiles& files, std::string_view kernel) {
  if (to_lower(kernel).find("microsoft") != std::string::npos) {
    return "wsl";
  }
  // systemd, podman and lxc write the manager's name here for what runs inside.
  if (const auto name = files.text("/run/systemd/container"); name && !name->empty()) {
    return *name;
  }
  if (files.exists("/var/run/secrets/kubernetes.io") ||
      files.exists("/run/secrets/kubernetes.io")) {
    return "kubernetes";
  }
  if (files.exists("/run/.containerenv")) {
    return "podman";
  }
  const auto by_group = container_by_group(files);
  if (by_group.empty() && files.exists("/.dockerenv")) {
    return "docker";
  }
  return by_group;
}

bool has_battery(const HostFiles& files) {
  for (const auto& name : files.names("/sys/class/power_supply")) {
    const std::string folder = "/sys/class/power_supply/" + name + "/";
    // Scope "Device" is the battery of a mouse or a headset.
    if (files.text_or_empty(folder + "type") == "Battery" &&
        files.text_or_empty(folder + "scope") != "Device") {
      return true;
    }
  }
  return false;
}

/// Chassis types of the SMBIOS specification, section 7.4.1.
Shape shape_of_chassis(std::int64_t type) {
  switch (type) {
    case 8:   // portable
    case 9:   // laptop
    case 10:  // notebook
    case 14:  // sub notebook
    case 30:  // tablet
    case 31:  // convertible
    case 32:  // detachable
      return Shape::kLaptop;
    case 3:   // desktop
    case 4:   // low profile desktop
    case 5:   // pizza box
    case 6:   // mini tower
    case 7:   // tower
    case 13:  // all in one
    case 15:  // space saving
    case 16:  // lunch box
    case 24:  // sealed case
    case 35:  // mini PC
    case 36:  // stick PC
      return Shape::kDesktop;
    case 17:  // main server chassis
    case 23:  // rack mount
    case 25:  // multi-system
    case 28:  // blade
    case 29:  // blade enclosure
      return Shape::kServer;
    default:
      return Shape::kUnknown;
  }
}

}  // namespace

std::string_view to_string(Shape shape) {
  constexpr std::array<std::string_view, 4> kNames = {"unknown", "laptop", "desktop", "server"};
  return kNames[static_cast<std::size_t>(shape)];
}

Platform describe_platform(const HostFiles& files, bool cpu_says_virtual, std::string_view kernel) {
  Platform platform;
  read_firmware(files, cpu_says_virtual, platform);
  read_other_hypervisors(files, platform);
  platform.container = find_container(files, kernel);
  // The chassis of a virtual machine is the hypervisor's invention.
  if (!platform.is_virtual()) {
    platform.shape = shape_of_chassis(files.integer(concat(kDmi, "chassis_type")).value_or(0));
    if (platform.shape == Shape::kUnknown && has_battery(files)) {
      platform.shape = Shape::kLaptop;
    }
  }
  return platform;
}

}  // namespace wattle::hardware
