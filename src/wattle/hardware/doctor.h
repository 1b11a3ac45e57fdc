// The checks of `wattle doctor`: pure functions from facts to findings.
//
// Units:    none. Errors: none: a fact that is missing gives a note, or no finding.
// Threads:  pure functions. Lifetime: value types.
// See:      docs/guides/doctor.md for what each finding means and where its numbers come from.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "wattle/hardware/doctor_facts.h"
#include "wattle/hardware/finding.h"

namespace wattle::hardware {

/// Counters of energy: readable, denied, absent and why; NVML.
std::vector<Finding> check_energy(const DoctorFacts& facts);
/// The BLAS, and settings that make numeric libraries take kernels of another CPU.
std::vector<Finding> check_numeric_libraries(const DoctorFacts& facts);
/// Threads that spin while they wait, and more threads than cores.
std::vector<Finding> check_threads(const DoctorFacts& facts);
/// Frequency governor, rights on control groups, containers that hide sensors, clock, Python.
std::vector<Finding> check_host(const DoctorFacts& facts);
/// WATTLE_HOME: writable, free space, kind of file system.
std::vector<Finding> check_home(const DoctorFacts& facts);
/// Whether a carbon zone is configured, or can be guessed from the time zone.
std::vector<Finding> check_zone(const DoctorFacts& facts);

/// All of them, the worst first; of one severity in the order above.
std::vector<Finding> examine(const DoctorFacts& facts);

/// {"host": …, "findings": […]}, for `wattle doctor --json`.
nlohmann::json doctor_report(const DoctorFacts& facts, const std::vector<Finding>& findings);

}  // namespace wattle::hardware
