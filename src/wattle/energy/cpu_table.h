// What published tables say about a processor by its name: rated power, measured range, watts per
// virtual CPU of a cloud's hosts. The tables are part of the program.
//
// Units:    Watts; of one package, or of one virtual CPU where said.
// Errors:   none; a name that no table knows is an empty optional.
// Threads:  pure functions over read-only bytes. Lifetime: results own what they hold.
// See:      data/README.md for sources, licences and how the tables were made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wattle/base/units.h"

namespace wattle::energy {

/// A processor package as published. `exact` is false when only a sibling of the same model number
/// was found ("8259C" for "8259CL"): its figures may differ by some tens of per cent.
struct CpuPackage {
  Watts tdp;
  /// Power at 100 % load less active idle, of the whole server per package, at the wall
  /// (SPECpower_ssj2008, median of the results published for this processor).
  std::optional<Watts> wall_dynamic;
  bool exact = true;
};

/// Watts of the host's share of one virtual CPU, at rest and fully busy.
struct CloudCpuWatts {
  std::string architecture;
  Watts idle;
  Watts full;
  bool measured = true;  // false where the source copied another processor's figures
};

/// A processor's name reduced to what identifies it, so that "Intel(R) Xeon(R) CPU E5-2620 v3 @
/// 2.40GHz" and "Intel Xeon E5-2620 v3" are the same: "intelxeone52620v3".
std::string cpu_name_key(std::string_view model_name);

std::optional<CpuPackage> find_cpu_package(std::string_view model_name);

/// The architecture in the words of the cloud tables ("skylake", "epyc-3rd-gen"), from a model name
/// such as a hypervisor shows it.
std::optional<std::string_view> cpu_architecture(std::string_view model_name);

/// `provider` is "aws", "azure" or "gcp"; where the provider lists no such architecture, or is "",
/// any provider's row. An unknown architecture gives an empty optional.
std::optional<CloudCpuWatts> find_cloud_cpu(std::string_view model_name, std::string_view provider);

}  // namespace wattle::energy
