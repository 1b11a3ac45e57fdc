// What is known of a host as JSON, for host.json and `wattle doctor --json`; its keys are stable.
//
// Units:    in the key, last ("memory_bytes", "cpu_seconds"); times are RFC 3339.
// Errors:   kParse names what is wrong in a calibration that is read back.
// Threads:  pure functions. Lifetime: value types.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "wattle/base/result.h"
#include "wattle/hardware/calibration.h"
#include "wattle/hardware/host.h"

namespace wattle::hardware {

nlohmann::json to_json(const HostDescription& host);
nlohmann::json to_json(const Calibration& calibration);
Result<Calibration> calibration_from_json(const nlohmann::json& document);

}  // namespace wattle::hardware
