// What a run will take, said before it starts: from its own past on this host, else from what its
// program estimates.
//
// Units:    Seconds and Joules with 80 % intervals, quality modelled.
// Errors:   none: without a basis there is no prediction.
// Threads:  one thread. Lifetime: borrows what it is given during the call.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wattle/base/subprocess.h"
#include "wattle/base/units.h"
#include "wattle/energy/cpu_power_model.h"
#include "wattle/job/run_record.h"
#include "wattle/messages/receipt.h"

namespace wattle::job {

/// The median of earlier successful runs of the same job on this host; the interval spans their
/// 10th to 90th percentile, widened for few runs. Nothing without one.
std::optional<messages::PredictionFacts> predict_from_history(
    std::span<const messages::Receipt> same_job);

/// What a program says that knows how to estimate itself (wattle-train with --estimate).
struct ProgramEstimate {
  messages::Figure wall_seconds;
  messages::Figure cpu_seconds;
  std::string basis;
};

/// Parses {"cpu_seconds":{value,low,high},"seconds":{…},"basis":"…"}; kParse for anything else.
Result<ProgramEstimate> parse_program_estimate(std::string_view json);

/// The command that makes a job estimate itself, or nothing when its program cannot. Knows
/// `wattle-train`.
std::optional<std::vector<std::string>> estimate_command(const spec::JobSpec& job);

/// Joules of an estimate: CPU seconds at the power that a busy CPU adds to the idle host.
messages::PredictionFacts predict_from_estimate(const ProgramEstimate& estimate,
                                                const energy::CpuPowerModel& model,
                                                int logical_cpus);

}  // namespace wattle::job
