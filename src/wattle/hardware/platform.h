// What kind of machine this is: virtual or real, whose, in a container or not, and which shape.
//
// Units:    none. Errors: none; what cannot be told is "" or kUnknown.
// Threads:  pure functions over HostFiles. Lifetime: value types.
// Firmware names are what the makers write there and may be changed by an operator: guesses, shown
// as such.
#pragma once

#include <string>
#include <string_view>

#include "wattle/hardware/host_files.h"

namespace wattle::hardware {

enum class Shape { kUnknown, kLaptop, kDesktop, kServer };

std::string_view to_string(Shape shape);

struct Platform {
  std::string hypervisor;  // "", "kvm", "nitro", "vmware", "hyper-v", "xen", …, "unknown"
  std::string provider;    // "", "Amazon EC2", "Google Cloud", "Microsoft Azure", …
  std::string container;   // "", "docker", "podman", "kubernetes", "lxc", "wsl", …, "unknown"
  Shape shape = Shape::kUnknown;
  std::string vendor;   // of the board, as the firmware says
  std::string product;  // likewise

  bool is_virtual() const { return !hypervisor.empty(); }
  bool is_contained() const { return !container.empty(); }
};

/// `cpu_says_virtual` is the hypervisor flag of the CPU; `kernel` is the release of uname.
Platform describe_platform(const HostFiles& files, bool cpu_says_virtual, std::string_view kernel);

}  // namespace wattle::hardware
