// What the supervisor was asked to do: its command line.
//
// Units:    Seconds, Bytes, CPUs. Errors: kInvalidArgument names the option and what it takes.
// Threads:  value types. Lifetime: value types.
// See:      docs/reference/supervisor-protocol.md
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wattle/base/limits.h"
#include "wattle/base/result.h"
#include "wattle/base/units.h"
#include "wattle/energy/meter_client.h"
#include "wattle/energy/process_group.h"

namespace wattle::supervise {

/// Of the command line, of supervisor.json and of exit.json together.
inline constexpr std::int64_t kProtocol = 1;

enum class Stdio {
  kCapture,  // both streams into output.log; input is empty; a session of its own
  kInherit,  // the caller's streams, terminal and session
};

struct Options {
  std::string folder;
  std::string run;
  std::uint32_t attempt = 0;
  std::string project = "default";
  double cpus = 0;  // 0: no limit
  bool reserve = false;
  Bytes memory{0};        // 0: no limit
  Seconds time_limit{0};  // 0: no limit
  Seconds grace{10};
  Bytes output_limit{limits::kJobOutputBytes};
  Stdio stdio = Stdio::kCapture;
  energy::Accounting accounting = energy::Accounting::kAuto;
  energy::MeterClient::Options meter;
  Seconds period{1};
  std::vector<std::string> command;

  /// What WATTLE_ATTEMPT holds.
  std::string owner() const { return run + "/" + std::to_string(attempt); }
};

/// `words` is the command line without the program's own name.
Result<Options> parse_options(std::span<const std::string> words);

}  // namespace wattle::supervise
