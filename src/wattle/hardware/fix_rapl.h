// `wattle doctor --fix rapl`: makes the energy counters of the CPU usable where only root may read
// them, by installing the meter as a service. The counters' own permissions are never changed: who
// can read them a thousand times a second can learn what other processes compute (PLATYPUS,
// CVE-2020-8694); a service that gives out at most ten readings a second cannot be used so.
//
// Units:    none.
// Errors:   kUnsupported where there is no counter to make readable; kFailedPrecondition when
// nothing
//           needs fixing; a step's own failure, with the step.
// Threads:  one thread. Lifetime: apply_fix borrows during the call.
#pragma once

#include <string>
#include <vector>

#include "wattle/base/file.h"
#include "wattle/base/result.h"
#include "wattle/base/subprocess.h"
#include "wattle/hardware/doctor_facts.h"

namespace wattle::hardware {

struct RaplFixFacts {
  EnergyFacts energy;
  Platform platform;
  bool systemd = false;       // /run/systemd/system is there: it runs this host
  std::string meter_program;  // absolute path of wattle-meterd
  bool meter_is_protected =
      false;  // it and every folder above it belong to root, writable by none else
};

RaplFixFacts collect_rapl_fix_facts(const HostFiles& files, const Platform& platform,
                                    const std::string& meter_program);

/// One thing to do, as root. Runs argv; with an output_path its output replaces that file.
struct FixStep {
  std::string why;  // "starts the meter now and at every boot"
  std::vector<std::string> argv;
  std::string output_path;
};

struct FixPlan {
  std::string summary;
  std::vector<FixStep> steps;
  bool stays_in_foreground = false;  // without systemd: the last step runs until it is ended
};

Result<FixPlan> plan_rapl_fix(const RaplFixFacts& facts);

/// A step as one line for a shell: `sudo …` for who is not root.
enum class Speaker { kRoot, kUser };
std::string shell_line(const FixStep& step, Speaker speaker);
/// The whole plan as a text to read and to paste.
std::string describe_plan(const FixPlan& plan, Speaker speaker);

/// Carries the plan out, in order, until one step fails. REQUIRES: root.
Status apply_fix(const FixPlan& plan, FileSystem& files, Subprocess& subprocess);

}  // namespace wattle::hardware
