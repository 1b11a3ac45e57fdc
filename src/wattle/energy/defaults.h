// What is assumed about sensors and hardware where nothing of this host tells: errors of sensors,
// power at rest, power of memory. docs/methodology.md gives the reasons.
//
// Units:    ratios. Errors: none. Threads: constants. Lifetime:
// constants.
#pragma once

namespace wattle::energy::defaults {

// Standard deviations of calibration errors, relative.
// Package: within a few percent of a reference supply on Haswell and later (Hackenberg et al. 2015,
// "An Energy Efficiency Feature Survey of the Intel Haswell Processor").
inline constexpr double kPackageSigma = 0.05;
// Memory: within 20 % of measured DIMM power (Desrochers, Paradis and Weaver 2016, MEMSYS).
inline constexpr double kDramSigma = 0.10;
inline constexpr double kPlatformSigma = 0.08;
inline constexpr double kBoardSigma = 0.15;  // a difference of two sensors
// NVML reports power within 5 %; where it must be sampled, A100 and H100 sensors see only a quarter
// of the time (Yang, Adamek and Armour 2024, arXiv 2312.02741).
inline constexpr double kGpuCounterSigma = 0.05;
inline constexpr double kGpuSampledSigma = 0.15;
inline constexpr double kHwmonSigma = 0.05;

// Package: medians over 23 processors of Teads' measurements by turbostat (2021, as published with
// Cloud Carbon Footprint, Apache-2.0): idle over full load 0.121, half load at 0.692 of the rise.
inline constexpr double kPackageIdleRatio = 0.12;
inline constexpr double kPackageLoadExponent = 0.53;
// Memory, same source: 0.2 W per GB at rest, 0.6 at full load.
inline constexpr double kDramIdleRatio = 1.0 / 3.0;
// GPU, same source: 0.114 of full power at rest. NVML's utilisation is a share of time in which a
// kernel ran, so energy rises linearly with it.
inline constexpr double kGpuIdleRatio = 0.114;
// What is left of a node (fans, disks, regulators) hardly follows the load.
inline constexpr double kBoardIdleRatio = 0.8;

}  // namespace wattle::energy::defaults
